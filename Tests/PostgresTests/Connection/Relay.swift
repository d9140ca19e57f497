import Glibc
import Synchronization

@testable import Postgres

/// A TCP relay between a test and the server: it counts, goes down, comes back, goes silent, or cuts the line at a word.
///
/// With it every outage of a network can be had at the very moment that a test is about, with no server harmed.
final class Relay: Sendable {
    /// What happens to bytes.
    enum Behaviour: Sendable, Equatable {
        case pass
        /// The line is up and nothing comes through, in either direction.
        case silent
        /// The client's bytes that contain this text do not reach the server; the line breaks instead.
        case breakBefore(String)
        /// They reach the server, and the line breaks at its answer.
        case breakAfter(String)
    }

    let port: UInt16
    private let target: UInt16
    private let shared: Mutex<Shared>
    private let received = Atomic(0)

    private struct Shared {
        var behaviour = Behaviour.pass
        var listener: Int32
        var lines: Set<Int32> = []
    }

    struct Failed: Error { let errno: Int32 }

    init(to options: ConnectionOptions) throws {
        target = options.hosts.first?.port.flatMap { UInt16($0) } ?? 5432
        let (listener, port) = try Self.listen(on: 0)
        self.port = port
        shared = Mutex(Shared(listener: listener))
        accept(from: listener)
    }

    deinit {
        goDown()
    }

    /// The options, leading through the relay.
    func options(_ options: ConnectionOptions) throws -> ConnectionOptions {
        var options = options
        try options.set(["host": "127.0.0.1", "hostaddr": "", "port": "\(port)", "sslmode": "disable"])
        return options
    }

    /// How many Syncs the server has answered, over all lines.
    var syncs: Int { received.load(ordering: .sequentiallyConsistent) }

    func behave(_ behaviour: Behaviour) {
        shared.withLock { $0.behaviour = behaviour }
    }

    /// Breaks every line and refuses new ones.
    func goDown() {
        shared.withLock { shared in
            // The accepting thread closes what is shut down here.
            shutdown(shared.listener, Int32(SHUT_RDWR))
            for line in shared.lines { shutdown(line, Int32(SHUT_RDWR)) }
        }
    }

    /// Takes lines again, on the same port.
    func comeBack() throws {
        let (listener, _) = try Self.listen(on: port)
        shared.withLock { $0.listener = listener }
        accept(from: listener)
    }

    private static func listen(on port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var address = loopback(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 64) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard bound else { throw Failed(errno: errno) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        sockaddr_in(
            sin_family: sa_family_t(AF_INET), sin_port: port.bigEndian,
            sin_addr: in_addr(s_addr: UInt32(0x7F00_0001).bigEndian), sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
    }

    private func accept(from listener: Int32) {
        onThread { [weak self] in
            while true {
                let client = Glibc.accept(listener, nil, nil)
                guard client >= 0, let self else { break }
                self.connectThrough(client)
            }
            close(listener)
        }
    }

    private func connectThrough(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(target)
        let connected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                connect(server, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else {
            close(client)
            close(server)
            return
        }
        shared.withLock { $0.lines.formUnion([client, server]) }
        onThread { [weak self] in
            Line(client: client, server: server).relay {
                self?.shared.withLock { $0.behaviour }
            } count: {
                self?.received.wrappingAdd(1, ordering: .sequentiallyConsistent)
            }
            self?.shared.withLock { $0.lines.subtract([client, server]) }
            close(client)
            close(server)
        }
    }
}

/// One client's line to the server.
private struct Line {
    let client: Int32
    let server: Int32

    func relay(_ behaviour: () -> Relay.Behaviour?, count: () -> Void) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var breaksAtAnswer = false
        while true {
            var entries = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            poll(&entries, 2, -1)
            for (from, to) in [(client, server), (server, client)] {
                guard entries[from == client ? 0 : 1].revents != 0 else { continue }
                let length = read(from, &buffer, buffer.count)
                guard length > 0, let behaviour = behaviour() else { return }
                let bytes = buffer[..<length]
                switch behaviour {
                case .pass: break
                case .silent: continue
                case .breakBefore(let word):
                    if from == client, bytes.contains(word.utf8) { return }
                case .breakAfter(let word):
                    if from == client, bytes.contains(word.utf8) { breaksAtAnswer = true }
                    if from == server, breaksAtAnswer { return }
                }
                // ReadyForQuery: Z, length 5, and the transaction's status ends each answer to a Sync.
                if from == server, bytes.suffix(6).prefix(5).elementsEqual([0x5A, 0, 0, 0, 5]) { count() }
                guard send(to, buffer, length, Int32(MSG_NOSIGNAL)) == length else { return }
            }
        }
    }
}

private func onThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }, Unmanaged.passRetained(Body(run: body)).toOpaque())
    pthread_detach(thread)
}

private final class Body {
    let run: () -> Void
    init(run: @escaping () -> Void) { self.run = run }
}

extension ArraySlice<UInt8> {
    fileprivate func contains(_ word: String.UTF8View) -> Bool {
        String(decoding: self, as: UTF8.self).contains(String(word))
    }
}
