import Glibc
import Logging
import Threads

/// One client on the admin socket: one thread, one request at a time.
actor AdminConnection: AdminReply {
    private let executor: ThreadExecutor
    private let socket: LineSocket
    private let peer: Peer?
    private let settings: AdminServer.Settings
    private let commands: CommandTable
    private let audit: AdminAudit
    private let logger: Logger
    /// How far the command has come, as a line of the reply.
    private var progress: [UInt8] = []
    private var lastSent = ContinuousClock.now
    /// What is still to be read of what follows the request.
    private var unread: Int64 = 0

    init(
        _ descriptor: Int32, settings: AdminServer.Settings, commands: CommandTable, audit: AdminAudit,
        interrupt: Interrupt, logger: Logger
    ) throws {
        socket = LineSocket(descriptor, maximumLength: AdminRequest.maximumLength, interrupt: interrupt)
        peer = Peer(of: descriptor)
        executor = try ThreadExecutor(name: "admin-client")
        self.settings = settings
        self.commands = commands
        self.audit = audit
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// There are too many.
    func refuse() {
        end(AdminEnd(.wrongState, "there are \(settings.maximumConnections) connections already; try again"))
    }

    /// Answers requests until the client goes, is silent for too long, or sends what is no request line.
    func serve() async {
        guard let peer else { return end(AdminEnd(.notAllowed, "the kernel doesn't say who you are")) }
        guard let role = peer.role(in: settings.groups) else {
            return end(
                AdminEnd(
                    .notAllowed,
                    "uid \(peer.userID) is neither in the group \(settings.groups.operators) nor in "
                        + "\(settings.groups.viewers)"))
        }
        while !Task.isCancelled {
            do throws(LineSocket.Failure) {
                guard let line = try socket.line(idle: settings.idleTime, whole: settings.lineTime) else { return }
                if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                guard await answer(line, peer, role) else { return socket.leave(within: settings.lineTime) }
            } catch {
                switch error {
                case .tooLong:
                    end(AdminEnd(.usage, "a request may have \(AdminRequest.maximumLength) bytes"))
                case .timedOut: end(AdminEnd(.timedOut, "no whole request came in time"))
                case .interrupted: end(AdminEnd(.wrongState, "the daemon is stopping"))
                case .closed: break
                }
                return
            }
        }
    }

    /// - Returns: Whether the next line is a request. It is none behind a payload, of which something may be left, nor
    ///   behind a line that can't be read, which may have said that a payload follows.
    private func answer(_ line: [UInt8], _ peer: Peer, _ role: Role) async -> Bool {
        let request: AdminRequest
        let size: Int64?
        do throws(AdminEnd) {
            request = try AdminRequest(line: line)
            size = try request.payloadSize
        } catch {
            end(error)
            return false
        }
        await answer(request, size.map { payload(of: $0) }, peer, role)
        return size == nil
    }

    private func answer(_ request: AdminRequest, _ payload: AdminPayload?, _ peer: Peer, _ role: Role) async {
        let (command, values): (AdminCommand, [String: String])
        do throws(AdminEnd) {
            (command, values) = try commands.resolve(request)
        } catch {
            return end(error)
        }
        let call = AdminCall(
            command: command.name, peer: peer, role: role, values: values, payload: payload, audit: audit)
        let ending =
            role < command.role
            ? AdminEnd(
                .notAllowed, "\(command.name) needs the role \(command.role.rawValue); yours is \(role.rawValue)")
            : await run(command, call)
        if command.isMutation { await audit.ended(call, ending) }
        end(ending)
    }

    private func payload(of size: Int64) -> AdminPayload {
        unread = size
        return AdminPayload(size: size) { try await self.piece(of: size) }
    }

    private func piece(of size: Int64) throws -> [UInt8]? {
        if unread == size { try send(AdminLine.send(size)) }
        guard unread > 0 else { return nil }
        let count = Int(min(unread, Int64(AdminPayload.pieceSize)))
        do throws(LineSocket.Failure) {
            let piece = try socket.bytes(count, within: settings.payloadTime)
            unread -= Int64(count)
            return piece
        } catch {
            switch error {
            case .closed, .tooLong:
                throw AdminEnd(.failed, "the sending ended before all of the \(size) bytes had come")
            case .timedOut: throw AdminEnd(.timedOut, "the bytes come too slowly, or not at all")
            case .interrupted: throw AdminEnd(.wrongState, "the daemon is stopping")
            }
        }
    }

    /// Runs a command, and repeats how far it has come as long as it says nothing itself: so the client can tell a
    /// daemon that works from one that hangs.
    private func run(_ command: AdminCommand, _ call: AdminCall) async -> AdminEnd {
        progress = AdminLine.progress(0, of: nil, "working")
        lastSent = .now
        return await withTaskGroup(of: AdminEnd?.self) { group in
            group.addTask { await self.ending(of: command, call) }
            group.addTask {
                repeat {
                    do { try await Task.sleep(for: self.settings.silence) } catch { return nil }
                } while await self.breakSilence()
                return nil
            }
            for await case let end? in group {
                group.cancelAll()
                return end
            }
            return AdminEnd(.failed, "the command has come to no end")
        }
    }

    /// - Returns: Whether somebody still reads.
    private func breakSilence() -> Bool {
        guard lastSent.duration(to: .now) >= settings.silence else { return true }
        return (try? send(progress)) != nil
    }

    private func ending(of command: AdminCommand, _ call: AdminCall) async -> AdminEnd {
        do {
            return try await command.run(call, self)
        } catch let end as AdminEnd {
            return end
        } catch is ClientIsGone {
            return AdminEnd(.failed, "the client went away")
        } catch is CancellationError {
            return AdminEnd(.wrongState, "the daemon is stopping")
        } catch {
            logger.error("A command failed", metadata: ["command": "\(call.command)", "error": "\(error)"])
            return AdminEnd(.failed, "\(error)")
        }
    }

    func send(_ line: [UInt8]) throws {
        lastSent = .now
        if AdminLine.isProgress(line) { progress = line }
        do throws(LineSocket.Failure) {
            try socket.send(line + [UInt8(ascii: "\n")], within: settings.lineTime)
        } catch {
            throw ClientIsGone()
        }
    }

    private func end(_ end: AdminEnd) {
        // Who doesn't read it has gone, or will meet the closed connection.
        try? send(end.line)
    }
}
