public import Postgres

/// The tables of the admin channel, which each daemon has in its own database.
public enum AdminTables {
    /// - Parameter version: Where they come in the daemon's own migrations.
    public static func migration(version: Int) -> Migration {
        Migration(
            version: version, name: "audit and pauses",
            sql: String(decoding: PackageResources.admin_tables_sql, as: UTF8.self))
    }
}
