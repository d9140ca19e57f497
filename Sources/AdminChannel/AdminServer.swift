import CLinux
import Glibc
public import Logging
public import ServiceLifecycle
import Synchronization
import Threads

/// Answers operators on a Unix socket, apart from everything else that the daemon does: it has threads of its own, and
/// needs neither the database nor the HTTP server to say how they are.
///
/// It promises that every request gets exactly one `end` line, unless the client goes away; that who may not do a thing is
/// told so; and that no client, slow, silent or hostile, keeps others out: requests, connections and waits are bounded.
public struct AdminServer: Service {
    public struct Settings: Sendable {
        public let path: String
        public let groups: RoleGroups
        /// Connections open at once; further ones are told so and closed.
        public var maximumConnections = 16
        /// How long a connection may be silent between requests.
        public var idleTime: Duration = .seconds(300)
        /// How long a request may take from its first byte to its last, and an answer's line to be read.
        public var lineTime: Duration = .seconds(10)
        /// How long a command may be silent; then the client is told that it goes on.
        public var silence: Duration = .seconds(2)
        /// How long each 64 KiB of what follows a request may take.
        public var payloadTime: Duration = .seconds(30)

        public init(path: String, groups: RoleGroups) {
            self.path = path
            self.groups = groups
        }
    }

    private let socket: AdminSocket
    private let settings: Settings
    private let commands: CommandTable
    private let audit: AdminAudit
    private let turned: @Sendable () -> Void
    private let logger: Logger

    /// Takes the socket; who connects waits until the server runs.
    ///
    /// - Parameter turned: Called, on the server's thread, at least once a second as long as it lives.
    /// - Throws: ``AdminSocketError`` when the socket can't be had.
    public init(
        _ settings: Settings, commands: CommandTable, audit: AdminAudit, turned: @escaping @Sendable () -> Void = {},
        logger: Logger
    ) throws(AdminSocketError) {
        socket = try AdminSocket(path: settings.path)
        self.turned = turned
        self.settings = settings
        self.commands = commands
        self.audit = audit
        self.logger = logger
    }

    public func run() async throws {
        let interrupt = try Interrupt()
        let listener = try AdminListener(socket, interrupt: interrupt, turned: turned)
        logger.info("Answering operators", metadata: ["socket": "\(settings.path)"])
        defer { socket.remove() }
        let open = OpenConnections()
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                while let descriptor = await listener.next() {
                    let isOneTooMany = open.add() > settings.maximumConnections
                    let connection = try AdminConnection(
                        descriptor, settings: settings, commands: commands, audit: audit, interrupt: interrupt,
                        logger: logger)
                    group.addTask {
                        if isOneTooMany { await connection.refuse() } else { await connection.serve() }
                        open.remove()
                    }
                }
            }
        } onGracefulShutdown: {
            interrupt.fire()
        }
    }
}

/// How many clients there are.
private final class OpenConnections: Sendable {
    private let count = Atomic(0)

    /// - Returns: How many there are with this one.
    func add() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }

    func remove() { count.wrappingSubtract(1, ordering: .relaxed) }
}

/// One thread that waits for connections.
private actor AdminListener {
    private let executor: ThreadExecutor
    private let socket: AdminSocket
    private let interrupt: Interrupt
    private let turned: @Sendable () -> Void

    init(_ socket: AdminSocket, interrupt: Interrupt, turned: @escaping @Sendable () -> Void) throws {
        self.turned = turned
        executor = try ThreadExecutor(name: "admin")
        self.socket = socket
        self.interrupt = interrupt
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Returns: A connection's descriptor, or `nil` once interrupted.
    func next() -> Int32? {
        while !interrupt.isFired, !Task.isCancelled {
            turned()
            let descriptor = accept_connection(socket.descriptor)
            if descriptor >= 0 { return descriptor }
            // Out of descriptors, say: the ones that are open come to an end.
            if errno != EAGAIN, errno != EINTR, errno != ECONNABORTED { interrupt.wait(atMost: .milliseconds(100)) }
            var entries = [
                pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&entries, 2, 1_000)
        }
        return nil
    }
}
