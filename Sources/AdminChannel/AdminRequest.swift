import Commerce

/// A request line, read: either bare words, as one types them, or one JSON object, as a program writes it.
///
/// ```
/// spool list --limit 5 acme
/// {"command": "spool list", "limit": 5, "partner": "acme"}
/// ```
public enum AdminRequest: Sendable, Hashable {
    case words([String])
    /// `command` is not among the values; numbers and booleans are as they were written.
    case object(command: String, values: [String: String])

    /// How many bytes a line may have.
    public static let maximumLength = 64 * 1_024

    /// - Throws: ``AdminEnd`` with `usage`.
    public init(line: [UInt8]) throws(AdminEnd) {
        guard let text = String(validating: line, as: UTF8.self) else {
            throw AdminEnd(.usage, "the request is not valid UTF-8")
        }
        self = text.first { !$0.isWhitespace } == "{" ? try Self.object(line) : .words(try Self.words(text))
    }

    /// Words as one line, each in quotes that needs them; read again they are the same words.
    ///
    /// A line end in a word becomes a blank: what follows it would be another request.
    public static func line(of words: [String]) -> String {
        words.map { word in
            let scalars = word.unicodeScalars.map { $0 == "\n" ? " " : $0 }
            guard scalars.isEmpty || scalars.contains(where: { $0 == "\"" || $0 == "\\" || $0.properties.isWhitespace })
            else { return word }
            let escaped = scalars.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
            return "\"" + String(String.UnicodeScalarView(escaped)) + "\""
        }.joined(separator: " ")
    }

    /// How many bytes follow the line, if it says so: `--bytes 12345`, `"bytes": 12345`. It is read here, whatever the
    /// command, so that they are taken for no request even where the request is refused.
    ///
    /// - Throws: ``AdminEnd`` with `usage` for what is no number.
    var payloadSize: Int64? {
        get throws(AdminEnd) {
            let said: [String] =
                switch self {
                case .object(_, let values): values["bytes"].map { [$0] } ?? []
                case .words(let words):
                    words.indices.compactMap { index in
                        if words[index].hasPrefix("--bytes=") { return String(words[index].dropFirst(8)) }
                        guard words[index] == "--bytes" else { return nil }
                        return index + 1 < words.count ? words[index + 1] : ""
                    }
                }
            guard let first = said.first else { return nil }
            guard said.count == 1, let size = Int64(first), size >= 0 else {
                throw AdminEnd(.usage, "--bytes must be how many bytes follow the line, once")
            }
            return size
        }
    }

    // MARK: JSON

    private static func object(_ line: [UInt8]) throws(AdminEnd) -> AdminRequest {
        let document: JSON.Document
        do throws(JSONSyntaxError) {
            document = try JSON.parse(line)
        } catch {
            throw AdminEnd(.usage, "the request is no JSON: \(error)")
        }
        if let fault = document.faults.first { throw AdminEnd(.usage, fault.message) }
        guard case .object(let members) = document.value else {
            throw AdminEnd(.usage, "the request must be an object")
        }
        var command: String?
        var values: [String: String] = [:]
        for member in members {
            switch (member.name, member.value) {
            case ("command", .string(let name)): command = name
            case (_, .string(let text)): values[member.name] = text
            case (_, .number(let digits)): values[member.name] = digits
            case (_, .bool(let bool)): values[member.name] = bool ? "true" : "false"
            default: throw AdminEnd(.usage, "\(member.name) must be a string, a number or a boolean")
            }
        }
        guard let command else { throw AdminEnd(.usage, "the request has no command") }
        return .object(command: command, values: values)
    }

    // MARK: Words

    /// Words are parted by blanks; what has blanks in it stands between double quotes, in which `\"` and `\\` are the
    /// characters themselves.
    private static func words(_ text: String) throws(AdminEnd) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        var isEscaped = false
        for character in text.unicodeScalars {
            if isEscaped {
                word?.unicodeScalars.append(character)
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
                word = word ?? ""
            } else if !isQuoted, character.properties.isWhitespace {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = word ?? ""
                word?.unicodeScalars.append(character)
            }
        }
        guard !isQuoted else { throw AdminEnd(.usage, "a double quote is not closed") }
        if let whole = word { words.append(whole) }
        return words
    }
}
