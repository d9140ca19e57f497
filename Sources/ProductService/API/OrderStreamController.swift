import Commerce
import Daemon
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// What `POST /orders/batch` answers: a stream of orders in, a stream of their outcomes out, in the same order.
///
/// One JSON text a line, each way: `{"line":1,"status":201,"order":{…}}`, or `{"line":2,"status":409,"problem":{…}}`.
/// While some lines are written the next ones gather, and are written together; a bad line is answered in its place and
/// stops nobody. With an `Idempotency-Key`, each line has a key of its own made of it and the line's place among those that
/// aren't blank, so a stream that broke off can be sent again from its beginning.
struct OrderStreamController: Sendable {
    let intake: OrderIntake

    /// How many runs of lines of one stream are without an answer, beside the one that gathers.
    private static let window = 2

    func addRoutes(to routes: inout Routes) {
        routes.post("/orders/batch", use: take)
    }

    private func take(_ request: Request, _ context: HTTPContext) async throws -> Response {
        try AcceptedMediaTypes.ndjson.check(request.headers)
        let stream = OrderStream(
            intake: intake, key: try IdempotencyKey(headers: request.headers),
            origin: OrderIntake.Origin(http: context))
        let body = request.body
        return Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                try await Self.answer(stream, body, to: &writer)
                try await writer.finish(nil)
            })
    }

    private enum Event: Sendable {
        /// Some lines came, and the reader waits until it may go on.
        case lines([NDJSONLines.Line])
        case answers(run: Int, lines: [UInt8])
        /// No more lines will come.
        case end
        /// The daemon is to stop.
        case shutdown
    }

    /// Reads, decides and writes at the same time, so who sends one order and waits for its outcome gets it.
    private static func answer(
        _ stream: OrderStream, _ body: RequestBody, to writer: inout any ResponseBodyWriter
    ) async throws {
        let (events, event) = AsyncStream.makeStream(of: Event.self)
        let (permits, permit) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                defer { event.yield(.end) }
                var lines = NDJSONLines(maximumLength: LineRun.maximumLine)
                for try await piece in body {
                    event.yield(.lines(lines.append(piece.readableBytesView)))
                    if await permits.first(where: { true }) == nil { throw CancellationError() }
                }
                if let last = lines.finish() { event.yield(.lines([last])) }
            }
            group.addTask {
                guard (try? await gracefulShutdown()) != nil else { return }
                event.yield(.shutdown)
            }
            var gathering = LineRun()
            var begun = 0
            var answers = AnswerWindow()
            var readerWaits = false
            var isOver = false
            for await news in events {
                switch news {
                case .lines(let lines):
                    gathering.append(lines)
                    readerWaits = true
                case .answers(let run, let lines):
                    let ready = answers.add(run, lines)
                    if !ready.isEmpty { try await writer.write(ByteBuffer(bytes: ready)) }
                case .end:
                    isOver = true
                case .shutdown:
                    // What was read is answered; then the stream breaks off, so that its client knows that it did.
                    group.cancelAll()
                }
                if !gathering.isEmpty, begun - answers.written < window {
                    let (run, number) = (gathering, begun)
                    // Not on the connection's event loop, which has others to serve, too.
                    group.addTask(executorPreference: globalConcurrentExecutor) {
                        event.yield(.answers(run: number, lines: await stream.answers(to: run)))
                    }
                    gathering = LineRun()
                    begun += 1
                }
                if readerWaits, !gathering.isFull {
                    readerWaits = false
                    permit.yield()
                }
                if isOver, gathering.isEmpty, answers.written == begun { break }
            }
            group.cancelAll()
        }
    }
}
