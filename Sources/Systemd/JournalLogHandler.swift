public import Logging

/// Writes log events into the systemd journal, with their metadata as fields of their own.
///
/// `order_id` becomes `TRADEPOST_ORDER`, so that `journalctl TRADEPOST_ORDER=…` finds all that happened to an order, and
/// `message_id` becomes `MESSAGE_ID` (systemd.journal-fields(7)). The level becomes `PRIORITY`, the place in the source `CODE_FILE`, `CODE_LINE`, `CODE_FUNC`. `MESSAGE` also
/// names the metadata, for who reads the plain journal.
public struct JournalLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel: Logger.Level
    private let identifier: String
    private let send: @Sendable ([[UInt8]]) -> Void

    /// - Parameter identifier: The program's name, `SYSLOG_IDENTIFIER`.
    public init(identifier: String, level: Logger.Level) {
        self.init(identifier: identifier, level: level, send: Journal.send)
    }

    init(identifier: String, level: Logger.Level, send: @escaping @Sendable ([[UInt8]]) -> Void) {
        self.identifier = identifier
        logLevel = level
        self.send = send
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        let sorted = all.sorted { $0.key < $1.key }
        let message = sorted.filter { $0.key != "message_id" }
            .reduce("\(event.message)") { "\($0) \($1.key)=\($1.value)" }
        var fields = [
            field("MESSAGE", message),
            field("PRIORITY", String(event.level.syslogPriority)),
            field("SYSLOG_IDENTIFIER", identifier),
            field("CODE_FILE", event.file),
            field("CODE_LINE", String(event.line)),
            field("CODE_FUNC", event.function),
        ]
        for (key, value) in sorted {
            fields.append(field(Self.fieldName(key), value.description))
        }
        send(fields)
    }

    private func field(_ name: String, _ value: String) -> [UInt8] {
        Array("\(name)=\(value)".utf8)
    }

    /// A metadata key as the journal takes it: capitals, digits and underscores, at most 64 of them.
    static func fieldName(_ key: String) -> String {
        if key == "message_id" { return "MESSAGE_ID" }
        let name = (key.hasSuffix("_id") ? key.dropLast(3) : key[...]).utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: "TRADEPOST_".utf8 + name.prefix(54), as: UTF8.self)
    }
}

extension Logger.Level {
    /// The level as syslog(3) counts it; journalctl colours and filters by it.
    public var syslogPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
