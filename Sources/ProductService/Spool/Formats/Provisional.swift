// NDJSON only, until the readers of all formats are here.
import Commerce
import Files
import Glibc

enum RecordFormat: String, Sendable {
    case json, ndjson, flatCSV = "csv", shopifyCSV = "shopify-csv"
    init(of text: OpenFile, name: FileName) throws(FormatError) { self = .ndjson }
    var rejectsExtension: String {
        switch self {
        case .json: "json";
        case .ndjson: "ndjson";
        default: "csv"
        }
    }
}
struct RecordPlace: Sendable, Hashable { let number: Int; let line: Int; let start: Int64; let end: Int64 }
struct RecordFault: Error, Sendable, Hashable {
    let code: String; let field: String?; let message: String; let excerpt: String?
}
struct OrderRecord: Sendable { let place: RecordPlace; let content: Result<JSON.Document, RecordFault> }
struct Checkpoint: Sendable, Hashable {
    var offset: Int64; var records: Int; var line: Int; static let start = Checkpoint(offset: 0, records: 0, line: 1)
}
struct FormatError: Error {
    enum Code { case malformed, truncated, countMismatch, unknownFormat }; let code: Code; let line: Int?;
    let byte: Int64?; let message: String
}
struct Survey {
    let records: Int
    init(of text: OpenFile, format: RecordFormat) throws(FormatError) {
        var r = RecordReader(text, format: format, from: .start); var n = 0
        while let _ = try r.next() { n += 1 }
        records = n
        let size = lseek(text.descriptor, 0, SEEK_END); var b: UInt8 = 0
        if size > 0 {
            pread(text.descriptor, &b, 1, off_t(size) - 1);
            if b != 10 {
                throw FormatError(code: .truncated, line: nil, byte: nil, message: "the last line has no end")
            }
        }
    }
}
struct RecordReader {
    private(set) var checkpoint: Checkpoint; let text: OpenFile
    init(_ text: OpenFile, format: RecordFormat, from: Checkpoint) { checkpoint = from; self.text = text }
    mutating func next() throws(FormatError) -> OrderRecord? {
        var line: [UInt8] = []; var b: UInt8 = 0; var o = checkpoint.offset
        while pread(text.descriptor, &b, 1, off_t(o)) == 1 { o += 1; if b == 10 { break }; line.append(b) }
        if o == checkpoint.offset { return nil }
        let place = RecordPlace(number: checkpoint.records + 1, line: checkpoint.line, start: checkpoint.offset, end: o)
        checkpoint = Checkpoint(offset: o, records: checkpoint.records + 1, line: checkpoint.line + 1)
        let content: Result<JSON.Document, RecordFault>
        do { content = .success(try JSON.parse(line)) } catch {
            content = .failure(RecordFault(code: "malformed-record", field: nil, message: "\(error)", excerpt: nil))
        }
        return OrderRecord(place: place, content: content)
    }
}
enum CSVHeader { static func place(in: OpenFile) throws -> Range<Int64> { 0..<0 } }
enum CompressionError: Error { case truncated, damaged }
struct Compression { init(name: [UInt8], beginning: [UInt8]) {} }
struct Decompressor {
    init(_ c: Compression) throws {}
    mutating func push(_ b: UnsafeRawBufferPointer, _ emit: (UnsafeRawBufferPointer) throws -> Void) throws {
        try emit(b)
    }
    func finish() throws {}
}
extension Rejection {
    init(_ error: FormatError) {
        self.init(
            .validate, error.code == .truncated ? .truncated : .malformed,
            FileFault(
                line: error.line, byte: error.byte,
                fault: RecordFault(code: "malformed-record", field: nil, message: error.message, excerpt: nil)))
    }
}
