import DequeModule
import FoundationEssentials

/// Who has which connection and who waits, as a value: each event gives the action to take, and nothing here does any.
///
/// Connections are numbered from 0, callers by tickets. A caller waits only while there is hope: not when too many wait
/// already, and not when no connection stands and the last attempt to make one failed.
struct PoolLedger {
    private enum Standing {
        /// Being made or mended.
        case connecting
        case idle
        case leased
        case ended
    }

    private var standings: [Standing]
    /// The idle ones, the last used on top: what is warm is used, what is spare stays so.
    private var idle: [Int] = []
    private var waiting = Deque<Int>()
    private var failure: (error: PostgresError, since: Date)?
    private let name: String
    private let mostWaiting: Int
    private(set) var isDraining = false

    init(name: String, size: Int, mostWaiting: Int) {
        self.name = name
        self.mostWaiting = mostWaiting
        standings = Array(repeating: .connecting, count: size)
    }

    enum Admission {
        case lease(Int)
        case wait
        case refuse(PostgresError)
    }

    enum Return: Equatable {
        case lease(Int, to: Int)
        case rest
        /// Make the connection anew.
        case mend(Int)
        /// Close it for good, and tell these callers that there will be none.
        case end(refusing: [Int])
    }

    // MARK: Callers

    mutating func admit(_ caller: Int) -> Admission {
        if isDraining { return .refuse(.poolClosed(name)) }
        if let connection = takeIdle() { return .lease(connection) }
        if open == 0, let failure { return .refuse(failure.error) }
        guard waiting.count < mostWaiting else {
            return .refuse(
                PostgresError(
                    .poolExhausted,
                    "\(waiting.count) callers wait for pool \(name) already: try again later, or make the pool larger"))
        }
        waiting.append(caller)
        return .wait
    }

    /// A connection, if one is to be had without waiting.
    mutating func takeIdle() -> Int? {
        guard let connection = idle.popLast() else { return nil }
        standings[connection] = .leased
        return connection
    }

    /// - Returns: Whether the caller was still waiting.
    mutating func leave(_ caller: Int) -> Bool {
        guard let place = waiting.firstIndex(of: caller) else { return false }
        waiting.remove(at: place)
        return true
    }

    // MARK: Connections

    /// Takes an idle connection out for a look at it; `false` if it is not idle.
    mutating func inspect(_ connection: Int) -> Bool {
        guard let place = idle.firstIndex(of: connection) else { return false }
        idle.remove(at: place)
        standings[connection] = .leased
        return true
    }

    /// A connection was made.
    mutating func connected(_ connection: Int) -> Return {
        failure = nil
        return giveBack(connection, usable: true)
    }

    /// A connection could not be made.
    ///
    /// - Returns: The callers to refuse.
    mutating func failed(_ error: PostgresError, at now: Date) -> [Int] {
        failure = (error, failure?.since ?? now)
        guard open == 0 else { return [] }
        defer { waiting.removeAll() }
        return Array(waiting)
    }

    /// A caller is done with a connection.
    mutating func giveBack(_ connection: Int, usable: Bool) -> Return {
        if usable, let caller = waiting.popFirst() {
            standings[connection] = .leased
            return .lease(connection, to: caller)
        }
        if isDraining {
            standings[connection] = .ended
            guard open == 0 else { return .end(refusing: []) }
            defer { waiting.removeAll() }
            return .end(refusing: Array(waiting))
        }
        guard usable else {
            standings[connection] = .connecting
            return .mend(connection)
        }
        standings[connection] = .idle
        idle.append(connection)
        return .rest
    }

    // MARK: The end

    /// No new callers from now on; those who wait are served as long as a connection stands, or not at all.
    ///
    /// - Returns: The connections being made, which nobody needs any more, and the callers to refuse.
    mutating func drain(servingWaiting: Bool = true) -> (abandoned: [Int], refused: [Int]) {
        isDraining = true
        for connection in idle { standings[connection] = .ended }
        idle.removeAll()
        let abandoned = standings.indices.filter { standings[$0] == .connecting }
        for connection in abandoned { standings[connection] = .ended }
        if servingWaiting, open > 0 { return (abandoned, []) }
        defer { waiting.removeAll() }
        return (abandoned, Array(waiting))
    }

    /// Whether nobody has a connection any more after ``drain()``.
    var isDrained: Bool {
        isDraining && standings.allSatisfy { $0 == .ended }
    }

    private var open: Int {
        standings.count { $0 == .idle || $0 == .leased }
    }

    var state: PoolState {
        let availability: PoolState.Availability =
            if isDraining {
                .closed
            } else if open > 0 {
                .connected
            } else if let failure {
                .unavailable(reason: failure.error.description, since: failure.since)
            } else {
                .connecting
            }
        return PoolState(
            availability: availability, open: open, busy: standings.count { $0 == .leased }, waiting: waiting.count)
    }
}

extension PostgresError {
    static func poolClosed(_ name: String) -> PostgresError {
        PostgresError(.poolClosed, "pool \(name) is shut down")
    }
}
