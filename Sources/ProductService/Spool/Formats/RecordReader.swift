import Commerce
import Files

/// One record of a file: its place, and its order in the shape of `POST /orders`, or what is wrong with it.
///
/// An item of the order may name its product by `sku` instead of `productId`.
struct OrderRecord: Sendable {
    let place: RecordPlace
    let content: Result<JSON.Document, RecordFault>
    /// The currency that the record says its prices are in, where it does.
    var currency: String?
}

/// Reads a file's records one after the other, in bounded memory.
///
/// It belongs to one thread.
struct RecordReader {
    fileprivate let source: any RecordSource

    /// - Throws: ``FormatError`` for a CSV header that can't be used; `FileError`.
    init(_ text: OpenFile, format: RecordFormat, from checkpoint: Checkpoint) throws {
        source =
            switch format {
            case .json: JSONSource(text, from: checkpoint)
            case .ndjson: NDJSONSource(text, from: checkpoint)
            case .flatCSV: try CSVSource(text, .flat, from: checkpoint)
            case .shopifyCSV: try CSVSource(text, .shopify, from: checkpoint)
            }
    }

    /// Behind the last record that was given.
    var checkpoint: Checkpoint { source.checkpoint }

    /// - Returns: `nil` at the end.
    /// - Throws: ``FormatError``; `FileError`.
    func next() throws -> OrderRecord? {
        guard let record = try source.next() else { return nil }
        switch record.content {
        case .fault(let fault):
            return OrderRecord(place: record.place, content: .failure(fault))
        case .json(let bytes):
            do throws(JSONSyntaxError) {
                return OrderRecord(place: record.place, content: .success(try JSON.parse(bytes)))
            } catch {
                return OrderRecord(place: record.place, content: .failure(.malformed("\(error)")))
            }
        case .rows(let rows):
            do throws(RecordFault) {
                let document = JSON.Document(value: try rows.document())
                return OrderRecord(
                    place: record.place, content: .success(document), currency: try rows.currency())
            } catch {
                return OrderRecord(place: record.place, content: .failure(error))
            }
        }
    }
}

extension OrderRows {
    fileprivate func document() throws(RecordFault) -> JSON {
        switch layout {
        case .flat: try FlatOrder.document(self)
        case .shopify: try ShopifyOrder.document(self)
        }
    }

    fileprivate func currency() throws(RecordFault) -> String? {
        switch layout {
        case .flat: nil
        case .shopify: try ShopifyOrder.currency(self)
        }
    }
}

/// What going through a whole file once says of it.
struct Survey: Sendable, Hashable {
    /// How many records it has.
    let records: Int

    /// - Throws: ``FormatError`` for a file that is not whole; `FileError`.
    init(of text: OpenFile, format: RecordFormat) throws {
        let source = try RecordReader(text, format: format, from: .start).source
        while try source.next() != nil {}
        records = source.checkpoint.records
    }
}
