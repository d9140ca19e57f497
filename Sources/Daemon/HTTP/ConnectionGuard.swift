import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Synchronization

/// Watches one connection, between the HTTP codec and Hummingbird, for what neither of them answers as we want.
///
/// - Bytes that are no HTTP, or head fields beyond the bounds, get a problem document, not an empty 400.
/// - Too many connections: the first request gets 503 and the connection is closed.
/// - An answer with `Connection: close` does close: what the client still sends is thrown away for a moment, so that it
///   can read the answer before its connection is reset.
/// - When the daemon stops, the answer under way, or the one to the next request, says `Connection: close` before the
///   connection is closed (RFC 9112 §9.6): a client never sends into a connection that we have given up already.
/// - `Expect: 100-continue` is answered, so that a large upload starts at once (RFC 9110 §10.1.1).
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        case open
        /// One connection too many: its first request is refused.
        case surplus
        /// The last answer is being written.
        case closing
        /// What comes in is thrown away until the client, or the clock, closes.
        case lingering
    }

    private static let lingering = TimeAmount.seconds(2)
    /// How long a connection without a request is kept when the daemon stops.
    private static let farewell = TimeAmount.seconds(1)

    private let connections: ConnectionCount
    private var state = State.open
    /// The first one: what comes after it is parsed from the middle of nowhere.
    private var parserError: HTTPParserError?
    private var isCounted = false
    /// Set when the daemon stops: the end of its patience with a connection that sends nothing more.
    private var patience: Scheduled<Void>?

    init(connections: ConnectionCount) {
        self.connections = connections
    }

    func handlerAdded(context: ChannelHandlerContext) {
        isCounted = true
        if !connections.add() { state = .surplus }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if isCounted { connections.remove() }
        isCounted = false
        patience?.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.open, .head(let head)):
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
            context.fireChannelRead(data)
        case (.open, _), (.closing, .body), (.closing, .end):
            context.fireChannelRead(data)
        case (.surplus, .head):
            refuse(
                Problem(.overloaded, "too many connections are open", retryAfter: .seconds(1)), context: context)
        case (.surplus, _), (.closing, .head), (.lingering, _):
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is IOError, is ChannelError:
            context.fireErrorCaught(error)
        case let error as HTTPParserError:
            parserError = parserError ?? error
            context.fireErrorCaught(error)
        default:
            // Such as a request that cannot be had as an HTTPRequest: Hummingbird answers parser errors only.
            parserError = parserError ?? .unknown
            context.fireErrorCaught(HTTPParserError.unknown)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if let parserError, head.status == .badRequest, head.headerFields[.contentLength] == "0" {
                promise?.succeed()
                return refuse(problem(for: parserError), context: context)
            }
            var head = head
            if patience != nil, head.status.kind != .informational { head.headerFields[.connection] = "close" }
            if head.headerFields[.connection] == "close", state == .open { state = .closing }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where state == .closing:
            context.writeAndFlush(data, promise: promise)
            linger(context)
        case .body where state == .lingering, .end where state == .lingering:
            promise?.succeed()  // the empty end of an answer that was replaced
        case .body, .end:
            context.write(data, promise: promise)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent, state == .open else {
            return context.fireUserInboundEventTriggered(event)
        }
        let waiting = NIOLoopBound(context, eventLoop: context.eventLoop)
        patience = context.eventLoop.scheduleTask(in: Self.farewell) {
            // Hummingbird closes it if no request is under way, and otherwise after the answer.
            waiting.value.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    private func problem(for error: HTTPParserError) -> Problem {
        switch error {
        case .headerOverflow: Problem(.headersTooLarge, "the header fields are larger than this server takes")
        case .invalidMethod: Problem(.badRequest, "the request begins with no method that this server knows")
        case .invalidVersion: Problem(.badRequest, "only HTTP/1.0 and HTTP/1.1 are spoken here")
        case .paused, .unknown: Problem(.badRequest, "what came is no valid HTTP request")
        default: Problem(.badRequest, "what came is no valid HTTP request: \(error)")
        }
    }

    private func refuse(_ problem: Problem, context: ChannelHandlerContext) {
        let response = problem.response(instance: nil, requestID: nil)
        var head = response.head
        head.headerFields[.connection] = "close"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(
            wrapOutboundOut(.body(ByteBuffer(bytes: problem.document(instance: nil, requestID: nil)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        linger(context)
    }

    /// Ends our side, and the connection when the client has had time to notice.
    private func linger(_ context: ChannelHandlerContext) {
        state = .lingering
        let channel = context.channel
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if state == .lingering { context.read() }
        context.fireChannelReadComplete()
    }
}

/// How many connections are open, over all event loops.
final class ConnectionCount: Sendable {
    private let count = Atomic(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// - Returns: Whether there was room.
    func add() -> Bool {
        count.wrappingAdd(1, ordering: .relaxed).newValue <= limit
    }

    func remove() {
        count.wrappingSubtract(1, ordering: .relaxed)
    }

    var value: Int { count.load(ordering: .relaxed) }

    /// Waits until no connection is open: those that linger still need their event loop.
    func drained(within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while value > 0, ContinuousClock.now < deadline {
            // Cancelled is out of patience.
            do { try await Task.sleep(for: .milliseconds(10)) } catch { return }
        }
    }
}
