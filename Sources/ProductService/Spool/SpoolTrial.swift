import Commerce
import Files
import FoundationEssentials
import Postgres

/// Tries a file: reads it as the spool would, and decides its orders in transactions that are rolled back.
struct SpoolTrial {
    let partner: Partner
    let currency: Currency
    let limits: SpoolLimits
    /// `nil`: only the form is checked.
    let database: Connection?

    private struct RolledBack: Error {}

    /// - Throws: ``Rejection`` for a file that would be refused as a whole; `FileError`, `PostgresError`.
    func judge(_ path: String) throws -> FileVerdict {
        let folder = FileManager.default.temporaryDirectory.appending(path: "productd-check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = URL(fileURLWithPath: path)
        let name = FileName(url.lastPathComponent)
        let scratch = try Directory.open(folder.path)
        let original = try Directory.open(url.deletingLastPathComponent().path).open(name)
        let status = try original.status()
        guard status.kind == .regular else { throw Rejection(.claim, .notAFile) }
        guard status.size > 0 else { throw Rejection(.claim, .empty) }
        guard status.size <= limits.fileBytes else { throw Rejection(.claim, .tooLarge) }
        _ = try PrivateCopy(of: original, named: name, in: scratch, as: "copy", limits: limits)
        return try judge(try scratch.open("copy"), name)
    }

    private func judge(_ text: OpenFile, _ name: FileName) throws -> FileVerdict {
        let (format, survey) = try Survey.validating(text, named: name)
        let takesAllOrNone = partner.ways.policy == .allOrNothing
        if takesAllOrNone { try limits.checkAtomic(survey, text) }
        let reader = try RecordReader(text, format: format, from: .start)
        var verdict = FileVerdict()
        var records: [OrderRecord] = []
        while let record = try reader.next() {
            records.append(record)
            if !takesAllOrNone, records.count == 1_000 {
                try judge(records, into: &verdict)
                records.removeAll()
            }
        }
        try judge(records, into: &verdict)
        if takesAllOrNone, !verdict.isGood { verdict.accepted = 0 }
        return verdict
    }

    private func judge(_ records: [OrderRecord], into verdict: inout FileVerdict) throws {
        let products = try products(of: records)
        var places: [RecordPlace] = []
        var submissions: [OrderSubmission] = []
        for record in records {
            switch record.order(products: products, currency: currency) {
            case .success(let request):
                places.append(record.place)
                submissions.append(OrderSubmission(request, from: partner, requestID: nil))
            case .failure(let faults):
                verdict.refused.append(RefusedRecord(place: record.place, faults: faults.faults))
            }
        }
        guard let database, !submissions.isEmpty else {
            verdict.accepted += submissions.count
            return
        }
        var batch = OrderBatch(submissions.map { OrderGroup([$0]) }, currency: currency, counterShard: 0)
        do {
            try database.transaction { transaction in
                try batch.write(in: transaction, at: .wholeMilliseconds)
                throw RolledBack()
            }
        } catch is RolledBack {}
        for (place, result) in zip(places, batch.results) {
            switch try result.get().first {
            case .accepted(let order)? where order.isReplay: verdict.duplicates += 1
            case .accepted?: verdict.accepted += 1
            case .refused(let refusal)?:
                verdict.refused.append(RefusedRecord(place: place, faults: refusal.recordFaults))
            case nil: break
            }
        }
        verdict.refused.sort { $0.place.number < $1.place.number }
    }

    /// Without a database every SKU is taken to be some product's.
    private func products(of records: [OrderRecord]) throws -> ProductsBySKU {
        let skus = records.flatMap(\.skus)
        guard let database else {
            return ProductsBySKU(skus.map { ($0, ProductID(UUIDv7.shared.next())) })
        }
        let rows = try database.query(FileStatements.resolveSKUs, skus).decode(String.self, UUID.self)
        return ProductsBySKU(rows.map { ($0.0, ProductID($0.1)) })
    }
}
