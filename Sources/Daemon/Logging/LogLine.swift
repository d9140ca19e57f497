import Commerce
import FoundationEssentials
import Logging

/// A log event as it is written.
struct LogLine: Sendable {
    let time: Date
    let level: Logger.Level
    let message: String
    /// In the order of the keys.
    let metadata: [(key: String, value: String)]

    /// For people: time, level, message, `key=value`, in columns where that is possible.
    ///
    /// `12:01:07.113  INFO     order stored                     order_id=0190…`
    func text(coloured: Bool) -> [UInt8] {
        let level = level.rawValue.uppercased().padded(to: 8)
        var line = "\(clock)  \(coloured ? colour + level + "\u{1b}[0m" : level) "
        line += metadata.isEmpty ? message : message.padded(to: 36)
        for (key, value) in metadata where key != "message_id" {
            line += coloured ? " \u{1b}[2m\(key)=\u{1b}[0m\(quoted(value))" : " \(key)=\(quoted(value))"
        }
        // A line break in a value would make two lines of one event.
        return Array(line.utf8).flatMap { $0 == 0x0A ? Array("\\n".utf8) : $0 == 0x0D ? Array("\\r".utf8) : [$0] } + [
            0x0A
        ]
    }

    /// For machines: `{"time":…,"level":…,"message":…, and each metadata key as a member}`.
    func json(program: String) -> [UInt8] {
        JSONWriter.object { json in
            json.name("time")
            json.string(time.rfc3339)
            json.name("level")
            json.string(level.rawValue)
            json.name("program")
            json.string(program)
            json.name("message")
            json.string(message)
            for (key, value) in metadata {
                json.dynamicName(["time", "level", "program", "message"].contains(key) ? key + "_" : key)
                json.string(value)
            }
        } + [0x0A]
    }

    /// The time of day in UTC, with milliseconds.
    private var clock: String {
        let milliseconds = Int64((time.timeIntervalSince1970 * 1_000).rounded(.down))
        func part(_ unit: Int64, _ modulus: Int64, digits: Int) -> String {
            let text = String(milliseconds / unit % modulus)
            return String(repeating: "0", count: digits - text.count) + text
        }
        return part(3_600_000, 24, digits: 2) + ":" + part(60_000, 60, digits: 2) + ":" + part(1_000, 60, digits: 2)
            + "." + part(1, 1_000, digits: 3)
    }

    private func quoted(_ value: String) -> String {
        let needsQuotes = value.isEmpty || value.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\"") }
        return needsQuotes
            ? "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
            : value
    }

    private var colour: String {
        switch level {
        case .trace, .debug: "\u{1b}[2m"
        case .info, .notice: "\u{1b}[32m"
        case .warning: "\u{1b}[33m"
        case .error, .critical: "\u{1b}[31m"
        }
    }
}

extension String {
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
