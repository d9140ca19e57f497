import Commerce
import Files

/// How the text of a file is to be read.
enum RecordFormat: String, Sendable, CaseIterable {
    case json
    case ndjson
    case flatCSV = "csv"
    case shopifyCSV = "shopify-csv"

    /// The ending of a file of rejects in this format.
    var rejectsExtension: String {
        switch self {
        case .json: "json"
        case .ndjson: "ndjson"
        case .flatCSV, .shopifyCSV: "csv"
        }
    }

    /// By the name's ending, else by what the text begins with.
    ///
    /// - Throws: ``FormatError``; `FileError`.
    init(of text: OpenFile, name: FileName) throws {
        let ending = Self.ending(of: name)
        switch ending {
        case "json": self = .json
        case "ndjson", "jsonl": self = .ndjson
        case "csv": self = try Self.csv(CSVHeader(of: text).columns)
        default: self = try Self.guess(text)
        }
    }

    /// The last part of a name, behind which it may say how it is compressed.
    private static func ending(of name: FileName) -> String {
        var parts = "\(name)".lowercased().split(separator: ".", omittingEmptySubsequences: false).dropFirst()
        if let last = parts.last, Compression.endings.contains(String(last)) { parts = parts.dropLast() }
        return parts.last.map(String.init) ?? ""
    }

    private static func guess(_ file: OpenFile) throws -> RecordFormat {
        let text = TextReader(file, from: 0, line: 1)
        try text.skipByteOrderMark()
        switch try text.skipWhitespace() {
        case UInt8(ascii: "["): return .json
        case UInt8(ascii: "{"):
            // A first line that is JSON by itself is one of many, or the only one, which is the same.
            if case .ended(let length) = try text.lineEnd(), (try? JSON.parse(Array(text.window[..<length]))) != nil {
                return .ndjson
            }
            return .json
        case nil: throw FormatError(.unknownFormat, "there is nothing but blanks", line: 1, byte: 0)
        default:
            let columns: [String]
            do { columns = try CSVHeader(of: file).columns } catch is FormatError { columns = [] }
            guard ShopifyOrder.recognises(columns) || FlatOrder.recognises(columns) else {
                throw FormatError(
                    .unknownFormat, "neither its name nor its beginning tells JSON, NDJSON or CSV", line: 1, byte: 0)
            }
            return csv(columns)
        }
    }

    private static func csv(_ columns: [String]) -> RecordFormat {
        ShopifyOrder.recognises(columns) ? .shopifyCSV : .flatCSV
    }
}
