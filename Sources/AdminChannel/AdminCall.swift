public import Commerce

/// A command that was asked for: with what, and by whom.
public struct AdminCall: Sendable {
    public let command: String
    public let peer: Peer
    public let role: Role
    /// By the parameters' names; a flag's value is `true`.
    public let values: [String: String]
    /// What follows the request's line; `nil` if it doesn't say that anything does.
    public let payload: AdminPayload?
    private let audit: AdminAudit

    public init(
        command: String, peer: Peer, role: Role, values: [String: String], payload: AdminPayload? = nil,
        audit: AdminAudit
    ) {
        self.command = command
        self.peer = peer
        self.role = role
        self.values = values
        self.payload = payload
        self.audit = audit
    }

    public subscript(_ name: String) -> String? { values[name] }

    public func has(_ flag: String) -> Bool { values[flag] == "true" }

    /// Keeps what is about to be destroyed in the audit, on disk when this returns.
    ///
    /// - Throws: ``AdminEnd`` when it can't be kept; then nothing may be destroyed.
    public func keep(_ detail: JSON) async throws {
        try await audit.keep(self, detail)
    }

    /// A whole number in a range; `otherwise` where none was given.
    ///
    /// - Throws: ``AdminEnd`` with `usage`.
    public func integer(_ name: String, in range: ClosedRange<Int>, otherwise: Int) throws(AdminEnd) -> Int {
        guard let text = values[name] else { return otherwise }
        guard let number = Int(text), range.contains(number) else {
            throw AdminEnd(.usage, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// Where it is written down who did what, why, and how it ended.
public struct AdminAudit: Sendable {
    /// Keeps, before a command destroys it, what it destroys.
    fileprivate let keep: @Sendable (AdminCall, JSON) async throws -> Void
    /// Is told of each mutation, before it is answered.
    let ended: @Sendable (AdminCall, AdminEnd) async -> Void

    /// - Parameters:
    ///   - keep: Throws ``AdminEnd`` when it can't be kept.
    ///   - ended: Must take care of its own failures.
    public init(
        keep: @escaping @Sendable (AdminCall, JSON) async throws -> Void,
        ended: @escaping @Sendable (AdminCall, AdminEnd) async -> Void
    ) {
        self.keep = keep
        self.ended = ended
    }
}
