import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// Accepts connections, on an address of its own or on a socket that systemd holds, and has Hummingbird serve them.
///
/// It stands in for Hummingbird's `Application`, which takes no socket that is there already.
struct HTTPListener {
    enum Address {
        case port(host: String, Int)
        case inherited(Int32)
    }

    let address: Address
    let responder: RouterResponder<HTTPContext>
    let bounds: HTTP1Channel.Configuration
    /// What is beyond it waits in the kernel's queue.
    let maximumConnections: Int
    let threads: MultiThreadedEventLoopGroup
    let logger: Logger

    /// Serves until the graceful shutdown has ended the last connection.
    ///
    /// - Throws: `IOError` when the address can't be had.
    func run(onBound: @Sendable (Int) async -> Void) async throws {
        let connections = HTTP1Channel(responder: respond(), configuration: bounds)
        let quiescing = ServerQuiescingHelper(group: threads)
        let executors = Dictionary(
            uniqueKeysWithValues: threads.makeIterator().map { (ObjectIdentifier($0), EventLoopExecutor($0)) })
        // A task's next job refers to its executor without holding it.
        defer { withExtendedLifetime(executors) {} }
        let listener = try await bind(quiescing) { channel in
            connections.setup(channel: channel, logger: logger)
                .map { (connection: $0, executor: executors[ObjectIdentifier(channel.eventLoop)]) }
        }
        logger.info("Taking requests", metadata: ["address": "\(listener.channel.localAddress?.description ?? "")"])
        try await withGracefulShutdownHandler {
            await onBound(listener.channel.localAddress?.port ?? 0)
            try await withThrowingDiscardingTaskGroup { group in
                try await listener.executeThenClose { accepted in
                    for try await (connection, executor) in accepted {
                        group.addTask(executorPreference: executor) {
                            await connections.handle(value: connection, logger: logger)
                        }
                    }
                }
            }
        } onGracefulShutdown: {
            stop(listener.channel, quiescing)
        }
    }

    /// Accepts nothing more, and then has the connections that there are come to their end.
    ///
    /// One that was accepted this moment is on its way between the listener's event loop and its own, there and back,
    /// twice: closed meanwhile, the listener would drop it, and its client's request with it.
    private func stop(_ listener: any Channel, _ quiescing: ServerQuiescingHelper) {
        let everyLoop: @Sendable () -> EventLoopFuture<Void> = { [threads] in
            .andAllComplete(threads.makeIterator().map { $0.submit {} }, on: listener.eventLoop)
        }
        listener.triggerUserOutboundEvent(AcceptGate.Stop())
            .flatMap(everyLoop).flatMap(everyLoop)
            .whenComplete { _ in quiescing.initiateShutdown(promise: nil) }
    }

    private func bind<Connection: Sendable>(
        _ quiescing: ServerQuiescingHelper,
        _ setUp: @escaping @Sendable (any Channel) -> EventLoopFuture<Connection>
    ) async throws -> NIOAsyncChannel<Connection, Never> {
        let bootstrap = ServerBootstrap(group: threads)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { [maximumConnections] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(AcceptGate())
                    try pipeline.addHandler(AvailableConnectionsChannelHandler(maxConnections: maximumConnections))
                    try pipeline.addHandler(quiescing.makeServerChannelHandler(channel: channel))
                }
            }
        return switch address {
        case .port(let host, let port): try await bootstrap.bind(host: host, port: port, childChannelInitializer: setUp)
        case .inherited(let descriptor): try await bootstrap.bind(descriptor, childChannelInitializer: setUp)
        }
    }

    private func respond() -> HTTPChannelHandler.Responder {
        let date = HTTPDate()
        return { [responder, logger] request, writer, channel in
            let context = HTTPContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            var response: Response
            do {
                response = try await responder.respond(to: request, context: context)
            } catch let error as HTTPParserError {
                throw error
            } catch {
                response = Response(status: .internalServerError)
            }
            response.headers[.date] = date.now
            try await writer.write(response: response.head, body: response.body)
        }
    }
}
