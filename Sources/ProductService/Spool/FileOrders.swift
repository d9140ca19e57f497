import Commerce
import Files

/// A file's orders, from a checkpoint on, in groups for the writer.
///
/// It holds one group at a time, whatever the size of the file.
struct FileOrders {
    private let file: ClaimedFile
    private let survey: Survey
    private let store: FileStore
    private let currency: Currency
    private let reader: RecordReader
    /// The records to be tried, if not all are.
    private var refused: RefusedNumbers?
    private var from: Checkpoint
    private var isOver: Bool

    /// How many bytes of records one group may have, about.
    private static let maximumBytes: Int64 = 8 << 20

    /// - Parameters:
    ///   - survey: Says where the end is.
    ///   - refused: The records that were refused when the file was tried before; the others were taken then. `nil`: all
    ///     are to be tried.
    init(
        of file: ClaimedFile, reader: RecordReader, survey: Survey, refused: OpenFile?, store: FileStore,
        currency: Currency
    ) {
        self.refused = refused.map { RefusedNumbers($0) }
        self.file = file
        self.survey = survey
        self.store = store
        self.currency = currency
        from = reader.checkpoint
        self.reader = reader
        // A file without a single order still has to be ended, by one group without orders.
        isOver = survey.records > 0 && from.records >= survey.records
    }

    /// Reads, on its caller's thread, the next group of at most `most` records; `nil` after the last.
    ///
    /// - Throws: ``FormatError``; `PostgresError` if SKUs can't be looked up.
    nonisolated(nonsending) mutating func next(most: Int) async throws -> OrderGroup? {
        if isOver { return nil }
        let takesAllOrNone = file.partner.ways.policy == .allOrNothing
        var records: [OrderRecord] = []
        var taken = 0
        while takesAllOrNone
            || records.count + taken < most && reader.checkpoint.offset - from.offset < Self.maximumBytes
        {
            guard let record = try reader.next() else { break }
            if try refused?.contains(record.place.number) == false { taken += 1 } else { records.append(record) }
        }
        let to = reader.checkpoint
        isOver = to.records >= survey.records
        defer { from = to }
        return try await group(of: records, taken: taken, to: to, takesAllOrNone: takesAllOrNone)
    }

    private nonisolated(nonsending) func group(
        of records: [OrderRecord], taken: Int, to: Checkpoint, takesAllOrNone: Bool
    ) async throws -> OrderGroup {
        let products = try await store.products(withSKUs: records.flatMap(\.skus))
        var submissions: [OrderSubmission] = []
        var places: [RecordPlace] = []
        var refused: [RefusedRecord] = []
        submissions.reserveCapacity(records.count)
        places.reserveCapacity(records.count)
        for record in records {
            switch record.order(products: products, currency: currency) {
            case .success(let request):
                submissions.append(
                    OrderSubmission(request, from: file.partner, requestID: "\(file.id)/\(record.place.number)"))
                places.append(record.place)
            case .failure(let faults):
                refused.append(RefusedRecord(place: record.place, faults: faults.faults))
            }
        }
        return OrderGroup(
            submissions,
            FileProgress(
                fileID: file.id, from: from, to: to, places: places, refused: refused, taken: taken,
                isLast: isOver,
                takesAllOrNone: takesAllOrNone))
    }

}

extension OrderSubmission {
    /// An order from a partner's file: recognised by its external id, if it has one, in whichever file it comes again.
    init(_ request: OrderRequest, from partner: Partner, requestID: String?) {
        self.init(
            request: request, source: partner.source, requestID: requestID, traceparent: nil,
            idempotency: request.details.externalID.map {
                Idempotency(
                    key: IdempotencyKey(scope: partner.source, key: $0), fingerprint: request.fingerprint)
            },
            isAnswered: false)
    }
}

extension OrderRecord {
    /// The SKUs that it names products by.
    var skus: [String] {
        if case .success(let document) = content { document.value.skus } else { [] }
    }

    /// Its order, or all that is wrong with it.
    func order(
        products: ProductsBySKU, currency: Currency
    ) -> Result<OrderRequest, RecordFaults> {
        if let code = self.currency, code != currency.code {
            let fault = RecordFault(
                code: "invalid", field: "Currency", message: "is \(code), and all amounts here are in \(currency.code)")
            return .failure(RecordFaults([fault]))
        }
        return switch content {
        case .success(let document): OrderRequest.read(document, products: products, currency: currency)
        case .failure(let fault): .failure(RecordFaults([fault]))
        }
    }
}

extension OrderGroup {
    /// The same piece of the file with its one order refused: the database doesn't take it, for a reason that nobody
    /// foresaw.
    var refusedByDatabase: OrderGroup? {
        guard let progress, let place = progress.places.first, progress.places.count == 1 else { return nil }
        let fault = RecordFault(
            code: "database", field: nil,
            message: "the database refused this order; the daemon's log says why, under this file's id", excerpt: nil)
        return OrderGroup(
            [],
            FileProgress(
                fileID: progress.fileID, from: progress.from, to: progress.to, places: [],
                refused: progress.refused + [RefusedRecord(place: place, faults: [fault])], taken: progress.taken,
                isLast: progress.isLast, takesAllOrNone: progress.takesAllOrNone))
    }
}
