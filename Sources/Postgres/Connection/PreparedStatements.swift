/// What a connection's server has prepared, as a value: it decides which statement needs preparing under which name,
/// and the connection does so.
struct PreparedStatements {
    private var names: [PreparedKey: String] = [:]
    private var lastNumber = 0
    private let most: Int

    /// Whether everything must be prepared anew, because the schema changed under a plan or there are too many.
    private(set) var needsReset = false

    /// - Parameter most: So many are kept; a program with constant statements never gets there.
    init(most: Int = 500) {
        self.most = most
    }

    enum Use {
        /// Prepare it under this name, then use it.
        case prepare(name: String)
        case ready(name: String)
    }

    /// How to use a statement. A name that is given out for preparing counts as prepared until ``forget(_:)``.
    mutating func use(_ key: PreparedKey) -> Use {
        if let name = names[key] { return .ready(name: name) }
        lastNumber += 1
        let name = "s\(lastNumber)"
        names[key] = name
        if names.count >= most { needsReset = true }
        return .prepare(name: name)
    }

    /// The server did not prepare it: it refused to, or skipped it after an earlier error.
    mutating func forget(_ key: PreparedKey) {
        names[key] = nil
    }

    /// The server's plans no longer fit.
    mutating func invalidate() {
        needsReset = true
    }

    /// `DEALLOCATE ALL` was sent.
    mutating func reset() {
        names.removeAll(keepingCapacity: true)
        needsReset = false
    }
}

/// What a prepared statement is prepared for.
struct PreparedKey: Hashable {
    let statement: Statement
    let types: [UInt32]
}
