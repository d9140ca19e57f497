import Commerce
import FoundationEssentials

/// A value of a row as it is shown: for people with its unit, for programs as it is.
///
/// The unit is the end of the member's name: `sizeBytes`, `forSeconds`, `afterMs`, `parkedAt`.
struct Cell {
    let text: String
    /// Whether it stands at the right.
    let isNumber: Bool
    /// Whether there is a value.
    let isKnown: Bool
    /// Where the text says less than the value, the value.
    private(set) var exact: String?

    /// - Parameters:
    ///   - now: When it is shown, to people; `nil` for programs.
    init(_ name: MemberName, _ value: JSON, now: Date?) {
        isKnown = value != .null && value != .string("")
        guard let now else {
            (text, isNumber) = (isKnown ? Self.plain(value) : "-", Self.isNumber(value))
            return
        }
        guard isKnown else {
            (text, isNumber) = ("", false)
            return
        }
        switch (name.unit, value) {
        case (.bytes, .number(let digits)): (text, isNumber) = (Self.bytes(digits), true)
        case (.seconds, .number(let digits)): (text, isNumber) = (Self.duration(digits), true)
        case (.milliseconds, .number(let digits)): (text, isNumber) = ("\(digits.grouped) ms", true)
        case (.time, .string(let time)):
            (text, isNumber) = (Date(rfc3339: time)?.relative(to: now) ?? time.printable, false)
            exact = time.printable
        case (_, .number(let digits)): (text, isNumber) = (name.isIdentifier ? digits : digits.grouped, true)
        case (_, .object(let members)):
            text = members.map { "\($0.name)=\(Self.plain($0.value))" }.joined(separator: " ").printable
            isNumber = false
        default: (text, isNumber) = (Self.plain(value), false)
        }
    }

    private static func isNumber(_ value: JSON) -> Bool {
        if case .number = value { true } else { false }
    }

    private static func plain(_ value: JSON) -> String {
        switch value {
        case .string(let text): text.printable
        case .number(let digits): digits
        case .bool(let bool): bool ? "yes" : "no"
        case .null: "-"
        case .array, .object: value.compact
        }
    }

    /// In the largest unit of which there is at least one: `1.5 KiB`.
    private static func bytes(_ digits: String) -> String {
        guard var whole = Int64(digits), whole >= 1_024 else { return "\(digits) B" }
        var (rest, unit) = (Int64(0), -1)
        while whole >= 1_024 { (whole, rest, unit) = (whole / 1_024, whole % 1_024, unit + 1) }
        return "\(whole).\(rest * 10 / 1_024) " + ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][unit]
    }

    private static func duration(_ digits: String) -> String {
        Double(digits).map { Duration.seconds($0).words } ?? digits
    }
}

/// The name of a member of a row, and what it says of the values.
struct MemberName: Hashable {
    enum Unit {
        case none, bytes, seconds, milliseconds, time
    }

    let text: String
    /// In lower case.
    private let parts: [String]
    let unit: Unit

    init(_ text: String) {
        self.text = text
        var parts: [String] = [""]
        for character in text {
            if character.isUppercase || character == " " { parts.append("") }
            if character == " " { continue }
            parts[parts.count - 1] += character.lowercased()
        }
        self.parts = parts
        unit =
            switch parts.last {
            case "bytes": .bytes
            case "seconds": .seconds
            case "ms": .milliseconds
            case "at": .time
            default: .none
            }
    }

    /// Numbers that nobody adds up.
    var isIdentifier: Bool {
        ["id", "uid", "pid", "version"].contains(parts.last)
    }

    /// For people: the values say their units.
    var title: String {
        (unit == .none || parts.count == 1 ? parts[...] : parts.dropLast()).joined(separator: " ")
    }

    /// For people, where two titles would be the same.
    var longTitle: String { parts.joined(separator: " ") }

    /// For programs: one word.
    var heading: String { parts.joined(separator: "_").uppercased() }
}

extension Date {
    /// `3 min ago`, `in 5 min`.
    fileprivate func relative(to now: Date) -> String {
        let distance = now.timeIntervalSince(self)
        // Two machines' clocks may differ a little.
        if abs(distance) < 1 { return "now" }
        if distance > 0 { return "\(Duration.seconds(distance).words) ago" }
        // What was set to ten minutes is not nine a moment later.
        return "in \(Duration.seconds((-distance).rounded(.up)).words)"
    }
}

extension String {
    /// A number's digits in threes: `12,345.67`.
    var grouped: String {
        let whole = prefix { $0.isNumber || $0 == "-" }
        var grouped = ""
        for (index, digit) in whole.reversed().enumerated() {
            if index > 0, index % 3 == 0, digit != "-" { grouped.append(",") }
            grouped.append(digit)
        }
        return String(grouped.reversed()) + dropFirst(whole.count)
    }

    /// Without what would move a terminal's cursor or end the line: what is shown may come from anybody.
    var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isControl ? ($0 == "\n" ? " " : "?") : $0 }))
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        // Format characters turn the direction of writing.
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
