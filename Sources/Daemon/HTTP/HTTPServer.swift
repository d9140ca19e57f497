import Glibc
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// The daemon's HTTP server: routes behind a socket, with bounds on everything that a client can make large or slow.
///
/// As a service it runs until graceful shutdown, then takes no more connections, finishes the requests that it has,
/// and returns.
public struct HTTPServer: Service {
    private let responder: RouterResponder<HTTPContext>
    private let configuration: HTTPConfiguration
    private let inherited: Int32?
    private let prepared: @Sendable () async -> Void
    private let pulse: LoopPulse
    private let logger: Logger
    private var onBound: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - inherited: A listening socket to use instead of the configured address.
    ///   - prepared: Waited for before the inherited socket is served: what comes meanwhile waits there, where on an
    ///     address of its own the server has to answer that it is not ready.
    ///   - onBound: Called once, with the port, when connections are accepted.
    public init(
        routes: Routes, configuration: HTTPConfiguration, inherited: Int32? = nil,
        prepared: @escaping @Sendable () async -> Void = {},
        pulse: LoopPulse = Liveness().loop("http", patience: .zero),
        logger: Logger, onBound: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        responder = routes.responder()
        self.inherited = inherited
        self.prepared = prepared
        self.pulse = pulse
        self.configuration = configuration
        self.logger = logger
        self.onBound = onBound
    }

    /// The same server, which also tells somebody else when it is bound.
    func notifying(_ other: @escaping @Sendable (Int) async -> Void) -> HTTPServer {
        var server = self
        server.onBound = { [onBound] port in
            await onBound(port)
            await other(port)
        }
        return server
    }

    /// - Throws: ``DaemonFailure`` if the port is in use or cannot be had.
    public func run() async throws {
        if inherited != nil { await cancelWhenGracefulShutdown { await prepared() } }
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads ?? System.coreCount)
        let connections = ConnectionCount(limit: configuration.maximumConnections)
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { await feel(threads) }
                try await listener(on: threads, counting: connections).run(onBound: onBound)
                group.cancelAll()
            }
            await connections.drained(within: .seconds(3))
        } catch let error as IOError {
            try await threads.shutdownGracefully()
            throw bindFailure(error)
        } catch {
            try await threads.shutdownGracefully()
            throw error
        }
        try await threads.shutdownGracefully()
    }

    /// Feels the pulse: each second, every event loop has to run something.
    private func feel(_ threads: MultiThreadedEventLoopGroup) async {
        while !Task.isCancelled {
            pulse.moves()
            for loop in threads.makeIterator() { try? await loop.submit {}.get() }
            pulse.rests()
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func listener(on threads: MultiThreadedEventLoopGroup, counting connections: ConnectionCount)
        -> HTTPListener
    {
        let bounds = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(connections: connections)],
            idleTimeout: TimeAmount(configuration.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        return HTTPListener(
            address: inherited.map { .inherited($0) } ?? .port(host: configuration.host, configuration.port),
            responder: responder, bounds: bounds,
            // What is beyond the limit is answered 503; what is far beyond it waits in the kernel's queue.
            maximumConnections: configuration.maximumConnections + 256,
            threads: threads, logger: logger)
    }

    private func bindFailure(_ error: IOError) -> DaemonFailure {
        let (host, port) = (configuration.host, configuration.port)
        return switch error.errnoCode {
        case EADDRINUSE:
            DaemonFailure(
                "port \(port) is in use: stop what listens there (ss -ltnp 'sport = :\(port)') or set HTTP_PORT")
        case EACCES:
            DaemonFailure("port \(port) needs a privilege: use one from 1024 up, or give CAP_NET_BIND_SERVICE")
        case EADDRNOTAVAIL:
            DaemonFailure("\(host) is no address of this machine: set HTTP_HOST to one that is, or to 0.0.0.0")
        default: DaemonFailure("cannot listen on \(host) port \(port): \(error)")
        }
    }
}
