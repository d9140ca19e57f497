import Commerce
import Files
import FoundationEssentials
import Postgres

/// What the database keeps of files: their rows, and the records that were refused until they are in a file of rejects.
struct FileStore: Sendable {
    let pool: PostgresPool

    /// The row of a file; waits for a session that may still be writing to it.
    func reload(_ id: FileID) async throws -> FileRow? {
        try await pool.transaction { try $0.query(FileStatements.reload, id.uuid).first.map(FileRow.init) }
    }

    /// How far files have come, for those who only look.
    func progress(of ids: [FileID]) async throws -> [FileID: FileRow] {
        try await pool.withConnection { connection in
            let rows = try connection.query(FileStatements.progress, ids.map(\.uuid), deadline: .seconds(2))
            return try Dictionary(rows.map(FileRow.init).map { ($0.id, $0) }) { first, _ in first }
        }
    }

    /// Makes a file's row, unless there is one with the same bytes.
    ///
    /// Nothing waits for the disk here: the first orders' commit does, and it comes later in the same log.
    ///
    /// - Returns: The file's row, or that of the earlier file.
    func open(
        _ file: ClaimedFile, _ copy: PrivateCopy, format: RecordFormat, retry: RetryID?
    ) async throws -> FileRow? {
        let now = Date.wholeMilliseconds
        try await pool.transaction { transaction in
            try transaction.enqueue(Self.commitAtLeisure)
            try transaction.enqueue(
                FileStatements.open, file.id.uuid, file.partner.name, copy.sha256, "\(file.originalName)",
                copy.status.size, format.rawValue, now, retry?.uuid)
        }
        return try await pool.withConnection {
            try $0.query(FileStatements.find, file.id.uuid, file.partner.name, copy.sha256).first.map(FileRow.init)
        }
    }

    /// Up to `limit` refused records behind one, in the order of the file.
    func rejects(of id: FileID, after record: Int, limit: Int) async throws -> [RefusedRecord] {
        try await pool.withConnection { connection in
            try connection.query(FileStatements.rejects, id.uuid, Int64(record), Int64(limit)).map { row in
                let (record, line, start, end, faults) = try row.decode(
                    Int64.self, Int64.self, Int64.self, Int64.self, String.self)
                return RefusedRecord(
                    place: RecordPlace(number: Int(record), line: Int(line), start: start, end: end),
                    faults: RecordFault.decode(Array(faults.utf8)))
            }
        }
    }

    func forgetRejects(of id: FileID) async throws {
        try await pool.transaction { try $0.enqueue(FileStatements.forgetRejects, id.uuid) }
    }

    /// Forgets the refused records of files that are ended and archived.
    ///
    /// - Parameter unfinished: The files that are still in `work/`.
    func forgetRejects(except unfinished: [FileID]) async throws {
        try await pool.transaction {
            try $0.enqueue(FileStatements.forgetArchivedRejects, unfinished.map(\.uuid))
        }
    }

    /// The products that have these SKUs.
    func products(withSKUs skus: [String]) async throws -> ProductsBySKU {
        if skus.isEmpty { return ProductsBySKU([]) }
        return try await pool.withConnection { connection in
            let rows = try connection.query(FileStatements.resolveSKUs, skus).decode(String.self, UUID.self)
            return ProductsBySKU(rows.map { ($0.0, ProductID($0.1)) })
        }
    }

    private static let commitAtLeisure = Statement("SET LOCAL synchronous_commit = off")
}
