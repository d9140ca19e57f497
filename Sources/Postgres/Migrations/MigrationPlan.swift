/// What is left to do, decided from what a program knows and what a database has. Pure; ``Migrator`` does it.
enum MigrationPlan {
    /// A row of `schema_migrations`.
    struct Applied: Hashable {
        let version: Int
        let name: String
        let checksum: String
    }

    /// - Returns: The migrations to apply, in their order.
    /// - Throws: ``PostgresError`` if the two do not fit together; nothing may be applied then.
    static func pending(known: [Migration], applied: [Applied]) throws(PostgresError) -> [Migration] {
        let known = known.sorted { $0.version < $1.version }
        for (one, next) in zip(known, known.dropFirst()) where one.version == next.version {
            throw PostgresError(
                .migrationInvalid, "\(one.name) and \(next.name) both have version \(one.version): renumber one")
        }
        let byVersion = Dictionary(uniqueKeysWithValues: known.map { ($0.version, $0) })
        for row in applied {
            guard let migration = byVersion[row.version] else {
                throw PostgresError(
                    .schemaNewer,
                    "the database has migration \(row.version) (\(row.name)), which this program does not know: "
                        + "install a newer version of the program")
            }
            guard migration.checksum == row.checksum else {
                throw PostgresError(
                    .migrationChecksum,
                    "migration \(row.version) (\(row.name)) was changed after it was applied: "
                        + "restore its text and put the change into a new migration")
            }
        }
        let done = Set(applied.map(\.version))
        let pending = known.filter { !done.contains($0.version) }
        if let last = done.max(), let late = pending.first, late.version < last {
            throw PostgresError(
                .migrationInvalid,
                "migration \(late.version) (\(late.name)) comes late: the database is at \(last) already; renumber it")
        }
        return pending
    }
}
