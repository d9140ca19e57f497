import NIOCore
import NIOHTTP1
import NIOPosix

/// One keep-alive connection: a request, its answer, the next request. For use on its event loop only.
///
/// It is as plain as can be, since it shares the machine with what it measures.
final class HTTPConnection {
    struct Answer: Sendable {
        let status: Int
        let body: ByteBuffer
    }

    private let channel: any Channel
    private let exchange: Exchange
    private let host: String

    private init(_ channel: any Channel, _ exchange: Exchange, host: String) {
        self.channel = channel
        self.exchange = exchange
        self.host = host
    }

    /// Connects. What comes out of it stays on the loop.
    static func open(_ address: Address, on loop: any EventLoop) -> EventLoopFuture<NIOLoopBound<HTTPConnection>> {
        ClientBootstrap(group: loop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(Exchange())
                }
            }
            .connect(host: address.host, port: address.port)
            .flatMapThrowing { channel in
                let exchange = try channel.pipeline.syncOperations.handler(type: Exchange.self)
                let connection = HTTPConnection(channel, exchange, host: "\(address.host):\(address.port)")
                return NIOLoopBound(connection, eventLoop: channel.eventLoop)
            }
    }

    typealias Answered = (Result<Answer, any Error>) -> Void

    /// Asks for a page; `answered` is called on the loop.
    func get(_ path: String, answered: @escaping Answered) {
        send(.GET, path, body: nil, answered)
    }

    /// Sends a JSON text; `answered` is called on the loop.
    func post(_ path: String, _ json: String, answered: @escaping Answered) {
        send(.POST, path, body: json, answered)
    }

    private func send(_ method: HTTPMethod, _ path: String, body: String?, _ answered: @escaping Answered) {
        exchange.answered = answered
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers.add(name: "Host", value: host)
        if let body {
            head.headers.add(name: "Content-Type", value: "application/json")
            head.headers.add(name: "Content-Length", value: "\(body.utf8.count)")
        }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if let body {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: body))), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    /// Puts an answer together.
    private final class Exchange: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart

        var answered: Answered?
        private var status = 0
        private var body = ByteBuffer()

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                status = Int(head.status.code)
                body.clear()
            case .body(var part):
                body.writeBuffer(&part)
            case .end:
                finish(.success(Answer(status: status, body: body)))
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            finish(.failure(ChannelError.eof))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            finish(.failure(error))
            context.close(promise: nil)
        }

        private func finish(_ result: Result<Answer, any Error>) {
            let answered = answered
            self.answered = nil
            answered?(result)
        }
    }
}

extension NIOLoopBound<HTTPConnection> {
    /// Asks for a page, from anywhere.
    func get(_ path: String, on loop: any EventLoop) async throws -> HTTPConnection.Answer {
        try await loop.flatSubmit {
            let answered = loop.makePromise(of: HTTPConnection.Answer.self)
            value.get(path) { answered.completeWith($0) }
            return answered.futureResult
        }.get()
    }
}

/// Where a server listens.
struct Address: Sendable {
    let host: String
    let port: Int

    /// Reads `http://127.0.0.1:3001`.
    init?(_ url: String) {
        let parts = url.split(separator: ":")
        guard parts.count == 3, parts[0] == "http", let port = Int(parts[2]) else { return nil }
        host = String(parts[1].drop { $0 == "/" })
        self.port = port
    }
}
