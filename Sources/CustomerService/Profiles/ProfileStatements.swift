import Postgres

/// The statements that keep profiles. Every one touches one customer's row, or none.
enum ProfileStatements {
    static let create: Statement = """
        INSERT INTO customers (id, name, email, phone, street, city, state, zip_code, country)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO NOTHING
        RETURNING id, name, email, phone, street, city, state, zip_code, country, created_at, updated_at, version
        """

    static let read: Statement = """
        SELECT id, name, email, phone, street, city, state, zip_code, country, created_at, updated_at, version
        FROM customers
        WHERE id = $1 COLLATE "C" AND erased_at IS NULL
        """

    static let readForChange: Statement = """
        SELECT id, name, email, phone, street, city, state, zip_code, country, created_at, updated_at, version
        FROM customers
        WHERE id = $1 COLLATE "C" AND erased_at IS NULL
        FOR NO KEY UPDATE
        """

    static let change: Statement = """
        UPDATE customers
        SET name = $2, email = $3, phone = $4, street = $5, city = $6, state = $7, zip_code = $8, country = $9,
            updated_at = now(), version = version + 1
        WHERE id = $1 COLLATE "C"
        RETURNING id, name, email, phone, street, city, state, zip_code, country, created_at, updated_at, version
        """

    /// The row stays, so that events which come later find it erased. Its orders hold nothing about the person but the
    /// id.
    static let erase: Statement = """
        UPDATE customers
        SET name = NULL, email = NULL, phone = NULL, street = NULL, city = NULL, state = NULL, zip_code = NULL,
            country = NULL, updated_at = now(), version = version + 1, erased_at = now()
        WHERE id = $1 COLLATE "C"
        """

    static let isErased: Statement = """
        SELECT erased_at IS NOT NULL FROM customers WHERE id = $1 COLLATE "C"
        """

    /// A page by id, from behind the cursor: reads no more rows than it shows.
    static let page: Statement = """
        SELECT id, name, email, phone, street, city, state, zip_code, country, created_at, updated_at, version
        FROM customers
        WHERE id > $1 COLLATE "C" AND erased_at IS NULL
        ORDER BY id
        LIMIT $2
        """

    /// The same of those whose name or email begins with a text; U+10FFFF sorts behind every character that may follow.
    ///
    /// Each of the two is a stretch of an index, of which the first 10,000 are looked at: that bounds what a search for
    /// one letter costs among millions, and whoever searches so may be expected to type on.
    static let search: Statement = """
        WITH found AS MATERIALIZED (
            (SELECT id FROM customers
             WHERE lower(name) COLLATE "C" >= lower($3) AND lower(name) COLLATE "C" < lower($3) || U&'\\+10FFFF'
             ORDER BY lower(name) COLLATE "C", id
             LIMIT 10000)
            UNION
            (SELECT id FROM customers
             WHERE lower(email) COLLATE "C" >= lower($3) AND lower(email) COLLATE "C" < lower($3) || U&'\\+10FFFF'
             ORDER BY lower(email) COLLATE "C", id
             LIMIT 10000)
        ), page AS MATERIALIZED (
            SELECT id FROM found WHERE id > $1 COLLATE "C" ORDER BY id LIMIT $2
        )
        SELECT id, name, email, phone, street, city, state, zip_code, country, created_at, updated_at, version
        FROM page JOIN customers USING (id)
        ORDER BY id
        """
}
