/// What somebody on the admin socket may do. Each role may do what the ones below it may.
public enum Role: String, Sendable, Hashable, CaseIterable, Comparable {
    /// May look.
    case viewer
    /// May pause, resume, retry: what can be undone.
    case `operator`
    /// May do everything.
    case admin

    public static func < (left: Role, right: Role) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .admin: 2
        }
    }
}

/// Which groups of the machine make an operator and a viewer.
public struct RoleGroups: Sendable {
    public let operators: String
    public let viewers: String

    public init(operators: String, viewers: String) {
        self.operators = operators
        self.viewers = viewers
    }

    /// - Parameter daemon: `productd-admin` and `productd-view` for `productd`.
    public init(daemon: String) {
        self.init(operators: "\(daemon)-admin", viewers: "\(daemon)-view")
    }
}
