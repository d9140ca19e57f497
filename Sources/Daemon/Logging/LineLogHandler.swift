import FoundationEssentials
import Glibc
public import Logging

/// Writes log events to stderr, one line each, in a form for people or in one for machines.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level
    private let write: @Sendable (LogLine) -> Void

    /// - Parameter write: Takes each event that is logged.
    init(level: Logger.Level, write: @escaping @Sendable (LogLine) -> Void) {
        logLevel = level
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        write(
            LogLine(
                time: .now, level: event.level, message: "\(event.message)",
                metadata: all.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }))
    }
}

/// All of it in one write(2), so that the lines of several threads don't mix.
func writeToStandardError(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
    }
}
