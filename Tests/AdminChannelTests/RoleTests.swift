import AdminChannel
import Glibc
import Testing

@Suite("The kernel says who asks, and that says what they may do")
struct RoleTests {
    private let groups = RoleGroups(daemon: "no-such-daemon")

    @Test("root and the daemon's own user may do everything, a stranger nothing")
    func roles() {
        #expect(Peer(processID: 1, userID: 0, groupIDs: [0]).role(in: groups) == .admin)
        #expect(Peer(processID: 1, userID: geteuid(), groupIDs: [7]).role(in: groups) == .admin)
        #expect(Peer(processID: 1, userID: 54_321, groupIDs: [54_321]).role(in: groups) == nil)
    }

    @Test("members of the groups are operators and viewers, by any of their groups")
    func members() throws {
        // Groups that every Debian has, in the places of the daemon's own.
        let groups = RoleGroups(operators: "adm", viewers: "users")
        let adm = try #require(getgrnam("adm")).pointee.gr_gid
        let users = try #require(getgrnam("users")).pointee.gr_gid
        #expect(Peer(processID: 1, userID: 54_321, groupIDs: [54_321, adm]).role(in: groups) == .operator)
        #expect(Peer(processID: 1, userID: 54_321, groupIDs: [54_321, users]).role(in: groups) == .viewer)
        #expect(Peer(processID: 1, userID: 54_321, groupIDs: [users, adm]).role(in: groups) == .operator)
    }

    @Test("each role may do what the ones below it may")
    func order() {
        #expect(Role.viewer < .operator && Role.operator < .admin && Role.viewer < .admin)
    }
}
