import ArgumentParser
import Files

/// What each small file costs without any order in it: the renames, writes and fsyncs of the spool's steps, one file
/// after the other.
struct FilesAlone: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Do a file's way through the spool without its orders; print files, seconds and files a second.")

    @Argument(help: "A directory with the files to be moved; the other directories are made beside it.")
    var directory: String

    func run() throws {
        let drop = try Directory.open(directory)
        let root = try Directory.open("\(directory)/..")
        for name: FileName in ["work", "done", "receipts"] { try root.makeDirectory(name, mode: 0o700) }
        let work = try root.directory("work")
        let done = try root.directory("done")
        let receipts = try root.directory("receipts")
        let names = try drop.names()
        let receipt = [UInt8](repeating: UInt8(ascii: "r"), count: 400)
        let time = try ContinuousClock().measure {
            for (number, name) in names.enumerated() {
                let id = FileName("\(number)")
                // Claim.
                try work.makeDirectory(id, mode: 0o700)
                let home = try work.directory(id)
                try drop.move(name, to: home, as: name)
                try home.sync()
                try work.sync()
                try drop.sync()
                // Copy.
                let copyName = FileName("copy.\(number)")
                let copy = try work.create(copyName + ".part", mode: 0o600)
                try copy.write(try content(of: home.open(name)))
                try copy.sync()
                try work.replace(copyName, with: copyName + ".part")
                try work.sync()
                // Finish.
                try home.write(receipt, to: "receipt.json", by: ".new", mode: 0o640)
                try receipts.write(receipt, to: FileName("receipt.\(number)"), by: ".new", mode: 0o640)
                try receipts.sync()
                try home.sync()
                try work.move(id, to: done, as: id)
                try done.sync()
                try work.sync()
                try work.remove(copyName)
            }
        }
        let seconds = time / .seconds(1)
        print("\(names.count) \(seconds) \(Int(Double(names.count) / seconds))")
    }

    private func content(of file: OpenFile) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 * 1_024)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
        return Array(bytes[..<count])
    }
}
