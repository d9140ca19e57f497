import Foundation
import TestSupport

/// Files that operators import: they lie outside the spool, where the daemon needn't see them.
extension Spool {
    /// Where they lie.
    static func outside(_ path: String) -> String { "\(path).outside" }

    /// Writes a file of the operator's.
    ///
    /// - Returns: Its path.
    func writeOutside(_ name: String, _ bytes: some Collection<UInt8>) throws -> String {
        let folder = Self.outside(path)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Disk.write(Array(bytes), to: "\(folder)/\(name)", mode: 0o600)
        return "\(folder)/\(name)"
    }

    /// Has the tool import a file, with `--json`.
    func importing(_ name: String, _ bytes: [UInt8], _ options: String...) async throws -> Answer {
        let path = try writeOutside(name, bytes)
        return try await anotherTool().ask(words: ["orders", "import", path] + options)
    }

    func importing(_ file: OrderFile, _ options: String...) async throws -> Answer {
        let path = try writeOutside(file.name, file.bytes)
        return try await anotherTool().ask(words: ["orders", "import", path] + options)
    }

    /// Has the tool import a file, and does something as soon as it has said what is waited for.
    func importing(
        _ file: OrderFile, onceItSays words: String, do act: () async throws -> Void
    ) async throws -> Answer {
        let path = try writeOutside(file.name, file.bytes)
        let said = "\(path).said"
        // Shown while the tool runs, unlike what `ask` reads.
        async let outcome = anotherTool().shell("\"$TOOL\" --json orders import '\(path)' | tee '\(said)'")
        do {
            try await eventually("it says \(words)") {
                try Disk.exists(said) && String(decoding: Disk.read(said), as: UTF8.self).contains(words)
            }
        } catch {
            // Otherwise the tool would wait for ever.
            try? await act()
            throw error
        }
        try await act()
        return try await Answer(outcome)
    }

    /// The tool in another terminal: each runs one command at a time.
    func anotherTool() throws -> CommandLineTool {
        try CommandLineTool(name: "productctl", socket: shop.productctl.socket)
    }

    func byHand() throws -> ByHand { try ByHand(path: shop.productctl.socket) }

    /// The request as one types it, and the bytes behind it.
    ///
    /// - Parameters:
    ///   - count: How many of the file's bytes are sent; all, if not given.
    static func request(_ file: OrderFile, sent count: Int = .max) -> [UInt8] {
        Array("orders import \(file.name) --bytes \(file.bytes.count)\n".utf8) + file.bytes.prefix(count)
    }

    /// Waits until nothing is under way, and nothing is left of what came to nothing.
    func awaitQuiet() async throws {
        do {
            try await eventually("work/ is empty") { try Disk.names(in: "\(path)/work").isEmpty }
        } catch {
            throw TestFailure("\(error): \(try Disk.names(in: "\(path)/work"))")
        }
    }
}
