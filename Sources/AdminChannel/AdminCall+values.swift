import Commerce
public import FoundationEssentials

extension AdminCall {
    /// A time (RFC 3339); `nil` where none was given.
    ///
    /// - Throws: ``AdminEnd`` with `usage`.
    public func time(_ name: String) throws(AdminEnd) -> Date? {
        guard let text = values[name] else { return nil }
        guard let time = Date(rfc3339: text) else {
            throw AdminEnd(.usage, "\(name) must be a time such as 2026-11-23T22:00:00Z")
        }
        return time
    }

    /// A UUID; `nil` where none was given.
    ///
    /// - Throws: ``AdminEnd`` with `usage`.
    public func uuid(_ name: String) throws(AdminEnd) -> UUID? {
        guard let text = values[name] else { return nil }
        guard let uuid = UUID(uuidString: text) else { throw AdminEnd(.usage, "\(name) must be a UUID") }
        return uuid
    }
}
