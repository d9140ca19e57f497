import Crypto

/// One step of a database's schema, applied once and never changed afterwards.
public struct Migration: Sendable, Hashable {
    public let version: Int
    public let name: String
    public let sql: String

    /// - Parameters:
    ///   - version: Counts up; the order of application.
    ///   - name: For people.
    ///   - sql: Any number of statements. Runs in a transaction of its own, which it must not end.
    public init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// The SHA-256 of the text, in hexadecimal.
    public var checksum: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = SHA256.hash(data: Array(sql.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
