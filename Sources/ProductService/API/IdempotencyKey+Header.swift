import Commerce
import Daemon
import HTTPTypes

extension IdempotencyKey {
    /// The key that a client sent in `Idempotency-Key`, quoted (draft-ietf-httpapi-idempotency-key-header) or bare.
    ///
    /// - Returns: `nil` without the header.
    /// - Throws: ``Problem`` `bad-request` for a key that is empty, too long, or not of printable ASCII.
    init?(headers: HTTPFields) throws(Problem) {
        guard let header = headers[.idempotencyKey] else { return nil }
        var key = header[...]
        if key.count >= 2, key.first == "\"", key.last == "\"" { key = key.dropFirst().dropLast() }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem(.badRequest, "Idempotency-Key must be 1 to 255 printable ASCII characters")
        }
        self.init(scope: "http", key: String(key))
    }
}
