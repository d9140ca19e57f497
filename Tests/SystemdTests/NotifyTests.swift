import Glibc
import TestSupport
import Testing

@testable import Systemd

/// Each in a process of its own: what systemd tells a service is in the environment, which is the whole process's.
@Suite("systemd hears how the service is doing")
struct NotifyTests {
    @Test("that it is ready, with a status line")
    func ready() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket.supervising()
            ServiceNotifier().ready(status: "listening on 3001")
            try #require(socket.next() == "READY=1\nSTATUS=listening on 3001")
        }
    }

    @Test("a status of several lines as one, so that it cannot say anything else")
    func status() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket.supervising()
            ServiceNotifier().status("broker away\nREADY=1")
            try #require(socket.next() == "STATUS=broker away READY=1")
        }
    }

    @Test("that it is stopping")
    func stopping() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket.supervising()
            ServiceNotifier().stopping()
            try #require(socket.next() == "STOPPING=1")
        }
    }

    @Test("that it lives, again and again, while it does")
    func watchdog() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket.supervising()
            setenv("WATCHDOG_USEC", "20000", 1)
            let task = Task { await Watchdog { true }.run() }
            try #require(socket.next() == "WATCHDOG=1")
            try #require(socket.next() == "WATCHDOG=1")
            task.cancel()
            await task.value
        }
    }

    @Test("nothing when it doesn't live any more")
    func expires() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket.supervising()
            setenv("WATCHDOG_USEC", "2000", 1)
            let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                await Watchdog {
                    continuation.yield()
                    return false
                }.run()
            }
            var iterator = asked.makeAsyncIterator()
            for _ in 0..<3 { await iterator.next() }
            task.cancel()
            await task.value
            ServiceNotifier().stopping()
            try #require(socket.next() == "STOPPING=1")
        }
    }

    @Test("nothing outside systemd, and no watchdog is asked for")
    func outside() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NOTIFY_SOCKET")
            try #require(!ServiceNotifier().isSupervised)
            ServiceNotifier().ready()
            await Watchdog { true }.run()
        }
    }
}
