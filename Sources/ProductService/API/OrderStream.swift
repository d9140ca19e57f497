import Commerce
import Daemon

/// The orders of one `POST /orders/batch`.
struct OrderStream: Sendable {
    let intake: OrderIntake
    let key: IdempotencyKey?
    let origin: OrderIntake.Origin

    /// The lines that answer these, in their order. What can be read of them is written in one transaction.
    func answers(to run: LineRun) async -> [UInt8] {
        var problems: [Problem?] = []
        var submissions: [OrderSubmission] = []
        for line in run.lines {
            do throws(Problem) {
                submissions.append(try read(line))
                problems.append(nil)
            } catch {
                problems.append(error)
            }
        }
        var outcomes = await intake.submit(submissions)[...]
        var answers: [UInt8] = []
        for (line, problem) in zip(run.lines, problems) {
            let result = problem.map { .failure($0) } ?? outcomes.popFirst()?.answer ?? .failure(Problem(.internal))
            answers += Self.answer(result, to: line)
        }
        return answers
    }

    private func read(_ line: NDJSONLines.Line) throws(Problem) -> OrderSubmission {
        guard let body = line.text else {
            throw Problem(.payloadTooLarge, "a line may have at most 65,536 bytes")
        }
        return try intake.read(
            try JSON.Document(body: body), from: origin,
            idempotency: key.map {
                OrderSubmission.Idempotency(
                    key: IdempotencyKey(scope: "http-batch", key: "\($0.key)/\(line.place)"), body: body)
            })
    }

    private static func answer(_ result: Result<AcceptedOrder, Problem>, to line: NDJSONLines.Line) -> [UInt8] {
        var bytes = JSONWriter.object {
            $0.name("line")
            $0.integer(line.number)
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
}

extension Result<OrderOutcome, OrderUndecided> {
    fileprivate var answer: Result<AcceptedOrder, Problem> {
        switch self {
        case .success(.accepted(let order)): .success(order)
        case .success(.refused(let refusal)): .failure(Problem(refusal))
        case .failure(let undecided): .failure(Problem(undecided))
        }
    }
}
