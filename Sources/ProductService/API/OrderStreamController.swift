import Commerce
import Daemon
import HTTPTypes
import Hummingbird
import NIOCore

/// What `POST /orders/batch` answers: a stream of orders in, a stream of their outcomes out, in the same order.
///
/// One JSON text a line, each way: `{"line":1,"status":201,"order":{…}}`, or `{"line":2,"status":409,"problem":{…}}`.
/// The orders of a stream are submitted side by side, within a window, so that they are committed in large batches; a
/// bad line is answered in its place and stops nobody. With an `Idempotency-Key`, each line has a key of its own made of
/// it and the line's number, so a stream that broke off can be sent again from its beginning.
struct OrderStreamController: Sendable {
    let intake: OrderIntake

    /// How many lines of one stream may be without an answer.
    private static let window = 1_024
    /// How many bytes one line may have.
    private static let maximumLine = 64 * 1_024
    /// How many bytes of answers are written at once: each write is a system call.
    private static let pieceSize = 64 * 1_024

    func addRoutes(to routes: inout Routes) {
        routes.post("/orders/batch", use: take)
    }

    private func take(_ request: Request, _ context: HTTPContext) async throws -> Response {
        try AcceptedMediaTypes.ndjson.check(request.headers[.contentType])
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

    private static func answer(
        _ stream: OrderStream, _ body: RequestBody, to writer: inout any ResponseBodyWriter
    ) async throws {
        var lines = NDJSONLines(maximumLength: maximumLine)
        var answers = AnswerWindow()
        var asked = 0
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            func ask(_ line: NDJSONLines.Line) {
                let number = asked
                asked += 1
                group.addTask { (number, await stream.answer(to: line, number: number)) }
            }
            /// Writes answers until at most so many lines have none, many of them at a time.
            func write(leaving open: Int) async throws {
                var piece = ByteBuffer()
                while asked - answers.written > open, let (number, answer) = try await group.next() {
                    piece.writeBytes(answers.add(number, answer))
                    guard piece.readableBytes >= pieceSize else { continue }
                    try await writer.write(piece)
                    piece.clear()
                }
                if piece.readableBytes > 0 { try await writer.write(piece) }
            }
            for try await chunk in body {
                for line in lines.append(chunk.readableBytesView) {
                    ask(line)
                    if asked - answers.written >= window { try await write(leaving: window / 2) }
                }
            }
            if let line = lines.finish() { ask(line) }
            try await write(leaving: 0)
        }
    }
}

/// The orders of one `POST /orders/batch`.
private struct OrderStream: Sendable {
    let intake: OrderIntake
    let key: IdempotencyKey?
    let origin: OrderIntake.Origin

    /// The line that answers the line with this number, counted from 0.
    func answer(to line: NDJSONLines.Line, number: Int) async -> [UInt8] {
        let result: Result<AcceptedOrder, Problem>
        do throws(Problem) {
            result = .success(try await take(line, number: number))
        } catch {
            result = .failure(error)
        }
        var bytes = JSONWriter.object {
            $0.name("line")
            $0.integer(number + 1)
            $0.name("status")
            switch result {
            case .success(let order):
                $0.integer(201)
                if order.isReplay {
                    $0.name("replayed")
                    $0.bool(true)
                }
                $0.name("order")
                $0.raw(order.answer)
            case .failure(let problem):
                $0.integer(problem.type.status)
                $0.name("problem")
                $0.raw(problem.document())
            }
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private func take(_ line: NDJSONLines.Line, number: Int) async throws(Problem) -> AcceptedOrder {
        guard case .text(let body) = line else {
            throw Problem(.payloadTooLarge, "a line may have at most 65,536 bytes")
        }
        let document = try JSON.Document(body: body)
        let idempotency = key.map {
            OrderSubmission.Idempotency(
                key: IdempotencyKey(scope: "http-batch", key: "\($0.key)/\(number + 1)"), body: body)
        }
        switch try await intake.take(document, from: origin, idempotency: idempotency) {
        case .accepted(let order): return order
        case .refused(let refusal): throw Problem(refusal)
        }
    }
}
