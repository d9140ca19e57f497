import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// Keeps the profiles in the table `customers`.
struct ProfileStore: Sendable {
    /// What became of a request to change one.
    enum Change<Value: Sendable>: Sendable {
        case done(Value)
        case notFound
        /// It is in another state than the client thought.
        case changedMeanwhile(EntityTag)
    }

    let pool: PostgresPool

    /// - Returns: `nil` if there is, or was, a customer with this id.
    func create(_ id: CustomerKey, _ details: ProfileDetails) async throws -> CustomerProfile? {
        try await pool.withConnection { connection in
            try connection.query(
                ProfileStatements.create, id.text, details[.name], details[.email], details[.phone],
                details[.street], details[.city], details[.state], details[.zipCode], details[.country]
            ).first.map { try CustomerProfile($0) }
        }
    }

    func profile(_ id: CustomerKey) async throws -> CustomerProfile? {
        try await pool.withConnection { connection in
            try connection.query(ProfileStatements.read, id.text).first.map { try CustomerProfile($0) }
        }
    }

    /// Applies a patch. One that changes nothing leaves the row, and so its tag, as it is.
    func change(
        _ id: CustomerKey, by patch: ProfilePatch, if condition: EntityTagCondition?
    ) async throws -> Change<CustomerProfile> {
        try await pool.transaction { transaction in
            guard let row = try transaction.query(ProfileStatements.readForChange, id.text).first else {
                return .notFound
            }
            let profile = try CustomerProfile(row)
            guard condition?.matches(profile.entityTag) ?? true else { return .changedMeanwhile(profile.entityTag) }
            let details = patch.applied(to: profile.details)
            guard details != profile.details else { return .done(profile) }
            let changed = try transaction.query(
                ProfileStatements.change, id.text, details[.name], details[.email], details[.phone],
                details[.street], details[.city], details[.state], details[.zipCode], details[.country])
            return .done(try CustomerProfile(changed.only()))
        }
    }

    /// Removes what is personal, for good. Whoever is erased already stays so.
    func erase(_ id: CustomerKey, if condition: EntityTagCondition?) async throws -> Change<Void> {
        try await pool.transaction { transaction in
            if let row = try transaction.query(ProfileStatements.readForChange, id.text).first {
                let tag = try CustomerProfile(row).entityTag
                guard condition?.matches(tag) ?? true else { return .changedMeanwhile(tag) }
                try transaction.enqueue(ProfileStatements.erase, id.text)
                return .done(())
            }
            return try transaction.query(ProfileStatements.isErased, id.text).isEmpty ? .notFound : .done(())
        }
    }

    /// Up to `limit` profiles behind a cursor, and whether more follow.
    ///
    /// - Parameter prefix: Only whose name or email begins with it, in whichever case.
    func page(
        after cursor: CustomerKey?, limit: Int, prefix: String?
    ) async throws -> (profiles: [CustomerProfile], hasMore: Bool) {
        try await pool.withConnection { connection in
            let (cursor, count) = (cursor?.text ?? "", Int64(limit + 1))
            let rows =
                if let prefix {
                    try connection.query(ProfileStatements.search, cursor, count, prefix)
                } else {
                    try connection.query(ProfileStatements.page, cursor, count)
                }
            return (try rows.prefix(limit).map { try CustomerProfile($0) }, rows.count > limit)
        }
    }
}

extension CustomerProfile {
    var entityTag: EntityTag { EntityTag(version: version) }

    /// Reads a row as every statement of ``ProfileStatements`` returns it.
    fileprivate init(_ row: Row) throws {
        var details = ProfileDetails()
        for field in ProfileField.allCases { details[field] = try row.get(1 + field.rawValue) }
        self.init(
            id: try row.customerKey(0), details: details, createdAt: try row.get(9), updatedAt: try row.get(10),
            version: try row.get(11))
    }
}
