import CLinux
import Glibc

/// Who is at the other end of a Unix socket, as the kernel says: it can't be forged (unix(7), SO_PEERCRED and
/// SO_PEERGROUPS).
///
/// The kernel noted it when the connection was made; what the process is by now doesn't matter.
public struct Peer: Sendable, Hashable {
    public let processID: UInt32
    public let userID: UInt32
    /// The primary group and the others.
    public let groupIDs: Set<UInt32>

    public init(processID: UInt32, userID: UInt32, groupIDs: Set<UInt32>) {
        self.processID = processID
        self.userID = userID
        self.groupIDs = groupIDs
    }

    /// - Returns: `nil` if the kernel doesn't say, which it does for every Unix stream socket.
    init?(of socket: Int32) {
        var (process, user, group): (UInt32, UInt32, UInt32) = (0, 0, 0)
        guard peer_of_socket(socket, &process, &user, &group) == 0 else { return nil }
        // As many groups as a process can have (NGROUPS_MAX).
        var groups = [UInt32](repeating: 0, count: 65_536)
        let count = groups_of_socket_peer(socket, &groups, UInt32(groups.count))
        self.init(
            processID: process, userID: user, groupIDs: Set(groups.prefix(max(0, Int(count)))).union([group]))
    }

    /// What the peer may do; `nil` if nothing. Root and the daemon's own user may do everything.
    public func role(in groups: RoleGroups) -> Role? {
        if userID == 0 || userID == geteuid() { return .admin }
        if isMember(of: groups.operators) { return .operator }
        if isMember(of: groups.viewers) { return .viewer }
        return nil
    }

    private func isMember(of group: String) -> Bool {
        guard let found = getgrnam(group) else { return false }
        return groupIDs.contains(found.pointee.gr_gid)
    }
}
