import Files
import Foundation
import Testing
import Threads

@Suite("inotify says that something may have happened")
struct DirectoryWatchTests {
    @Test("a file that appears, by any way, is named")
    func appearing() throws {
        try withTemporaryDirectory { directory in
            let watch = try DirectoryWatch()
            let number = try watch.add(directory)
            _ = try directory.create("created", mode: 0o600)
            try directory.move("created", to: directory, as: "moved")
            link("\(directory.path)/moved", "\(directory.path)/linked")
            var named: Set<FileName> = []
            try collect(from: watch) { event in
                if case .entry(number, let name) = event { named.insert(name) }
                return named.isSuperset(of: ["created", "moved", "linked"])
            }
        }
    }

    @Test("a directory that goes away is told of")
    func gone() throws {
        try withTemporaryDirectory { directory in
            try directory.makeDirectory("inner", mode: 0o700)
            let watch = try DirectoryWatch()
            let number = try watch.add(directory.directory("inner"))
            try directory.removeDirectory("inner")
            try collect(from: watch) { $0 == .directoryGone(number) }
        }
    }

    /// Takes events until `isEnough`; fails after ten seconds.
    private func collect(from watch: DirectoryWatch, until isEnough: (DirectoryWatch.Event) -> Bool) throws {
        let interrupt = try Interrupt()
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            for event in watch.take() where isEnough(event) { return }
            watch.wait(atMost: deadline - .now, or: interrupt)
        }
        Issue.record("the event did not come")
    }
}
