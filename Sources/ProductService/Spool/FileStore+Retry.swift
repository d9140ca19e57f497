import Commerce
import Files
import FoundationEssentials
import Postgres

extension FileStore {
    /// Where the orders of a file go on from: at its row's checkpoint, or from the start with a row that is made for it.
    ///
    /// - Parameters:
    ///   - known: Its row, if it has one.
    ///   - retry: Which time of being tried again this is, if it was ended before.
    ///   - knowsRefused: Whether it is known which of its records were refused before.
    /// - Returns: The file's row, or that of the file that has brought the same bytes.
    /// - Throws: ``FileIsHeld``; `PostgresError`.
    func begin(
        _ file: ClaimedFile, _ copy: PrivateCopy, format: RecordFormat, known: FileRow?, retry: RetryID?,
        knowsRefused: Bool
    ) async throws -> FileRow {
        let found: FileRow?
        if let known, known.state == .open {
            found = known
        } else if let known, let retry {
            // Tried from the start, orders without an external id would be taken a second time.
            guard knowsRefused || known.accepted + known.duplicates == 0 else {
                throw FileIsHeld(reason: .recordsUnknown)
            }
            found = try await reopen(file, copy, retry: retry)
        } else {
            guard !knowsRefused else { throw FileIsHeld(reason: .recordsUnknown) }
            found = try await open(file, copy, format: format, retry: retry)
        }
        guard let found else { throw FileIsHeld(reason: .rowIsGone) }
        return found
    }

    /// Ends the row of a file that is discarded: what was taken of it stays, and the rest never comes.
    ///
    /// - Parameter hadEffect: Whether something of it was taken before the row was begun anew.
    func close(_ id: FileID, hadEffect: Bool) async throws {
        try await pool.transaction { transaction in
            try transaction.enqueue(FileStatements.forgetRejects, id.uuid)
            try transaction.enqueue(FileStatements.close, id.uuid, hadEffect, Date.wholeMilliseconds)
        }
    }

    /// Begins with a file anew that was ended before.
    ///
    /// It is on the disk when this returns: orders are written again only behind it.
    ///
    /// - Returns: The file's row, or that of another file that has brought the same bytes since.
    private func reopen(_ file: ClaimedFile, _ copy: PrivateCopy, retry: RetryID) async throws -> FileRow? {
        try await pool.transaction { transaction in
            try transaction.enqueue(FileStatements.forgetRejects, file.id.uuid)
            try transaction.enqueue(FileStatements.reopen, file.id.uuid, retry.uuid)
        }
        return try await pool.withConnection {
            try $0.query(FileStatements.findBytes, file.partner.name, copy.sha256).first.map(FileRow.init)
        }
    }
}
