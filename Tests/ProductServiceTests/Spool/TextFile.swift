import Commerce
import Files
import Foundation

@testable import ProductService

/// Runs a test with a file of its own.
func withTextFile(_ bytes: [UInt8], _ body: (OpenFile) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "text-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: url) }
    let directory = try Directory.open(url.path)
    let file = try directory.create("text", mode: 0o600)
    try file.write(bytes)
    try body(file)
}

/// What a reader found of one record, to be compared.
struct Found: Hashable, CustomStringConvertible {
    let place: RecordPlace
    /// The order as compact JSON, or the fault's code.
    let content: String
    let checkpoint: Checkpoint

    var description: String { "\(place.number) @\(place.start)..<\(place.end) line \(place.line): \(content)" }
}

extension RecordFormat {
    /// All records from a checkpoint on.
    func read(_ file: OpenFile, from checkpoint: Checkpoint = .start) throws -> [Found] {
        let reader = try RecordReader(file, format: self, from: checkpoint)
        var found: [Found] = []
        while let record = try reader.next() {
            let content: String
            switch record.content {
            case .success(let document):
                var writer = JSONWriter()
                writer.value(document.value)
                content = String(decoding: writer.bytes, as: UTF8.self)
            case .failure(let fault): content = fault.code
            }
            found.append(Found(place: record.place, content: content, checkpoint: reader.checkpoint))
        }
        return found
    }

    /// The orders of a text.
    func orders(in text: String) throws -> [String] {
        var orders: [String] = []
        try withTextFile(Array(text.utf8)) { orders = try read($0).map(\.content) }
        return orders
    }

    /// Why a text is refused as a whole; `nil` if it isn't.
    func refusal(of bytes: [UInt8]) throws -> FormatError.Code? {
        var code: FormatError.Code?
        try withTextFile(bytes) { file in
            do {
                _ = try Survey(of: file, format: self)
            } catch let error as FormatError {
                code = error.code
            }
        }
        return code
    }
}
