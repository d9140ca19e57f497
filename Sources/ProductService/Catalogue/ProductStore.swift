import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// Keeps the catalogue.
///
/// A product is never deleted, only archived: orders go on pointing at it.
struct ProductStore: Sendable {
    private let pool: PostgresPool
    private let currency: Currency

    init(pool: PostgresPool, currency: Currency) {
        self.pool = pool
        self.currency = currency
    }

    /// One product, archived or not; `nil` where there is none.
    func product(_ id: ProductID) async throws -> Product? {
        try await pool.withConnection { [currency] connection in
            try connection.query(Self.byID, id.uuid).first.map { try Product($0, currency: currency) }
        }
    }

    /// The products that can be ordered, in the order of their ids, from behind `cursor`.
    ///
    /// - Parameter words: Text that must stand in the name or the SKU, in either case.
    func products(
        category: String?, words: String?, limit: Int, after cursor: ProductID?
    ) async throws -> Slice<Product> {
        let pattern = words.map { "%" + $0.escapedForLike + "%" }
        let products = try await pool.withConnection { [currency] connection in
            try connection.query(Self.page, category, pattern, cursor?.uuid, Int64(limit + 1))
                .map { try Product($0, currency: currency) }
        }
        return Slice(products, limit: limit)
    }

    /// What became of a product that was to be created.
    enum Creation: Sendable {
        case created(Product)
        /// Another product has its id or its SKU already.
        case taken(member: String)
    }

    func create(_ product: NewProduct) async throws -> Creation {
        let id = product.id?.uuid ?? UUIDv7.shared.next()
        let now = Date.wholeMilliseconds
        do {
            return try await pool.withConnection { [currency] connection in
                let rows = try connection.query(
                    Self.insert, id, product.sku, product.name, product.description, product.category,
                    product.price.minorUnits, product.stock.map(Int32.init), now)
                return .created(try Product(rows[0], currency: currency))
            }
        } catch let error as PostgresError where error.sqlState == .uniqueViolation {
            return .taken(member: error.constraint == "products_sku_key" ? "sku" : "id")
        }
    }

    /// What became of a product that was to be changed or archived.
    enum Change: Sendable {
        case changed(Product)
        case notFound
        /// The product is not, or no longer, the version that the client knows.
        case preconditionFailed
        /// An archived product stays as it is.
        case archived
        /// Another product has this SKU already.
        case skuTaken
    }

    func change(_ id: ProductID, by patch: ProductPatch, if precondition: EntityTagCondition?) async throws -> Change {
        do {
            return try await update(id, if: precondition) { transaction, product in
                guard product.archivedAt == nil else { return nil }
                return try transaction.query(
                    Self.update, id.uuid, patch.sku ?? product.sku, patch.name ?? product.name,
                    patch.description ?? product.description, patch.category ?? product.category,
                    (patch.price ?? product.price).minorUnits, (patch.stock ?? product.stock).map(Int32.init),
                    Date.wholeMilliseconds)
            }
        } catch let error as PostgresError where error.sqlState == .uniqueViolation {
            return .skuTaken
        }
    }

    /// Archives a product; archived already, it stays as it is.
    func archive(_ id: ProductID, if precondition: EntityTagCondition?) async throws -> Change {
        try await update(id, if: precondition) { transaction, product in
            guard product.archivedAt == nil else { return nil }
            return try transaction.query(Self.archive, id.uuid, Date.wholeMilliseconds)
        }
    }

    private func update(
        _ id: ProductID, if precondition: EntityTagCondition?,
        _ write: @escaping @Sendable (Transaction, Product) throws -> Rows?
    ) async throws -> Change {
        try await pool.transaction { [currency] transaction in
            guard let row = try transaction.query(Self.lock, id.uuid).first else { return .notFound }
            let product = try Product(row, currency: currency)
            if let precondition, !precondition.matches(EntityTag(version: product.version)) {
                return .preconditionFailed
            }
            guard let rows = try write(transaction, product) else { return .archived }
            return .changed(try Product(rows[0], currency: currency))
        }
    }

    private static let byID = Statement("SELECT \(Product.columns) FROM products WHERE id = $1::uuid")

    private static let lock = Statement(
        "SELECT \(Product.columns) FROM products WHERE id = $1::uuid FOR NO KEY UPDATE")

    private static let page = Statement(
        """
        SELECT \(Product.columns) FROM products
        WHERE archived_at IS NULL
            AND ($1::text IS NULL OR category = $1::text)
            AND ($2::text IS NULL OR name ILIKE $2::text OR sku ILIKE $2::text)
            AND ($3::uuid IS NULL OR id > $3::uuid)
        ORDER BY id LIMIT $4::bigint
        """)

    private static let insert = Statement(
        """
        INSERT INTO products (id, sku, name, description, category, price_minor, stock, created_at, updated_at)
        VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::bigint, $7::integer, $8::timestamptz,
                $8::timestamptz)
        RETURNING \(Product.columns)
        """)

    private static let update = Statement(
        """
        UPDATE products
        SET sku = $2::text, name = $3::text, description = $4::text, category = $5::text, price_minor = $6::bigint,
            stock = $7::integer, version = version + 1, updated_at = $8::timestamptz
        WHERE id = $1::uuid
        RETURNING \(Product.columns)
        """)

    private static let archive = Statement(
        """
        UPDATE products
        SET archived_at = $2::timestamptz, version = version + 1, updated_at = $2::timestamptz
        WHERE id = $1::uuid
        RETURNING \(Product.columns)
        """)
}

extension String {
    /// This text for a LIKE pattern, in which it stands for itself.
    fileprivate var escapedForLike: String {
        String(flatMap { "\\%_".contains($0) ? ["\\", $0] : [$0] })
    }
}
