import Foundation
import TestSupport
import Testing

@Suite(
    "The kernel says who asks: other users may do what their groups may, and nothing more",
    .enabled(
        if: OtherUsers.arePossible,
        "this needs root, to be allowed to mount, and a checkout that other users may read"))
struct PeerTests {
    @Test("a viewer may look, an operator may hold up, neither may destroy; each is told what is lacking")
    func roles() async throws {
        try await OtherUsers.open { shop, users in
            try await users.expect(.viewer, ["status"], 0)
            try await users.expect(.viewer, ["pause", "http"], 4, "needs the role operator; yours is viewer")
            try await users.expect(.viewer, ["shutdown"], 4, "needs the role admin")
            try await users.expect(.operator, ["status"], 0)
            try await users.expect(.operator, ["pause", "http", "--reason", "a test"], 0)
            try await users.expect(.operator, ["resume"], 0)
            try await users.expect(.operator, ["reload"], 4, "needs the role admin; yours is operator")
            #expect(shop.productd.isRunning)
            let audit = try await shop.productctl.ask("audit").rows
            #expect(
                audit.map { "\($0["uid"]) \($0["role"]) \($0["command"]) \($0["result"])" } == [
                    "64102 operator reload not-allowed", "64102 operator resume ok", "64102 operator pause ok",
                    "64101 viewer shutdown not-allowed", "64101 viewer pause not-allowed",
                ])
        }
    }

    @Test("the daemon's own user may do everything")
    func own() async throws {
        try await OtherUsers.open(as: .daemon) { shop, users in
            try await users.expect(.daemon, ["reload"], 0)
            try await users.expect(.operator, ["reload"], 4, "needs the role admin")
            #expect(try await shop.productctl.run("reload").status == 0, "root, too")
        }
    }

    @Test("who is in no group can't open the socket, and who can open it all the same is refused with a clear line")
    func strangers() async throws {
        try await OtherUsers.open { shop, users in
            try await users.expect(.stranger, ["status"], 4, "be root, or in the group")
            #expect(try await users.answer(of: .stranger, ["status"])["code"] as? String == "not-allowed")
            // In the group that the socket has, and in none that may do anything.
            try await users.expect(.neighbour, ["status"], 4, "uid 64104 is neither in the group productd-admin nor in")
            try await users.expect(.neighbour, ["pause", "http"], 4, "neither in the group")
            let check = try await users.run(["health", "--check"], as: .neighbour)
            #expect(check.status == 3 && check.output.hasPrefix("productd UNKNOWN: uid 64104"), "\(check)")
            #expect(try await shop.productctl.ask("audit").rows.isEmpty)
            #expect(try await shop.productctl.run("status").status == 0)
        }
    }

    @Test("a group that was given up counts no more, also on another connection of the same user")
    func formerMember() async throws {
        try await OtherUsers.open { _, users in
            try await users.expect(.operator, ["resume"], 0)
            let outcome = try await users.run(["resume"], uid: 64_102, group: 64_100, others: [])
            #expect(outcome.status == 4, "\(outcome)")
        }
    }
}

/// Users and groups of a test's own, which nobody else on the machine sees: productd runs where /etc/group is another.
private struct OtherUsers {
    /// Somebody, by uid; the groups are those of `/etc/group` beneath.
    enum User: UInt32 {
        case viewer = 64_101
        case `operator` = 64_102
        case stranger = 64_103
        case neighbour = 64_104
        case daemon = 64_105
    }

    /// The socket's group, which the directory hands down.
    private static let door = 64_100
    private static let groups = "root:x:0:\nproductd-admin:x:64111:\nproductd-view:x:64112:\n"

    private let tool: CommandLineTool

    static let arePossible: Bool = {
        guard geteuid() == 0, let tool = try? CommandLineTool(name: "productctl", socket: "") else { return false }
        // Others must also be let into the directory of the build.
        let trial = [
            "/usr/bin/unshare", "-m", "/usr/bin/setpriv", "--reuid=64101", "--clear-groups", tool.path, "--help",
        ]
        return (try? CommandLineTool.outcome(of: trial, environment: tool.environment).status) == 0
    }()

    /// Opens a shop whose productd answers in a directory as a package makes it: setgid, and closed to others.
    static func open(
        as user: User? = nil, _ body: @escaping @Sendable (Shop, OtherUsers) async throws -> Void
    ) async throws {
        let folder = "/tmp/peers-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Disk.write(Array(groups.utf8), to: "\(folder)/group")
        try Disk.call("chown") { chown(folder, user?.rawValue ?? 0, UInt32(door)) }
        try Disk.call("chmod") { chmod(folder, 0o2750) }
        let socket = "\(folder)/admin.sock"
        let become = user.map { "setpriv --reuid=\($0.rawValue) --regid=\($0.rawValue) --clear-groups" } ?? ""
        let wrapper = [
            "unshare", "-m", "sh", "-c", "mount --bind \(folder)/group /etc/group && exec \(become) \"$@\"", "-",
        ]
        try await Shop.open(on: .shared(), running: [], productdSocket: socket) { shop in
            try shop.productd.start(through: wrapper)
            try await shop.productd.awaitReadiness()
            try await body(shop, OtherUsers(tool: shop.productctl))
        }
    }

    func expect(_ user: User, _ words: [String], _ status: Int32, _ message: String = "") async throws {
        let outcome = try await run(words, as: user)
        #expect(outcome.status == status, "\(user) \(words): \(outcome)")
        if !message.isEmpty { #expect(outcome.errors.contains(message), "\(outcome.errors)") }
    }

    /// The end of a reply, as a program sees it.
    func answer(of user: User, _ words: [String]) async throws -> [String: Any] {
        try await run(["--json"] + words, as: user).lines().last ?? [:]
    }

    func run(_ words: [String], as user: User) async throws -> CommandLineTool.Outcome {
        switch user {
        case .viewer: try await run(words, uid: user.rawValue, group: Self.door, others: [64_112])
        case .operator: try await run(words, uid: user.rawValue, group: Self.door, others: [64_111])
        case .stranger: try await run(words, uid: user.rawValue, group: Int(user.rawValue), others: [])
        case .neighbour: try await run(words, uid: user.rawValue, group: Int(user.rawValue), others: [Self.door])
        case .daemon: try await run(words, uid: user.rawValue, group: Int(user.rawValue), others: [])
        }
    }

    func run(_ words: [String], uid: UInt32, group: Int, others: [Int]) async throws -> CommandLineTool.Outcome {
        let list = others.isEmpty ? "--clear-groups" : "--groups=\(others.map(String.init).joined(separator: ","))"
        return try await tool.run(
            words: words, through: ["/usr/bin/setpriv", "--reuid=\(uid)", "--regid=\(group)", list])
    }
}
