import NIOCore

/// Looks for some of the orders in customerd until they are there. For use on its event loop only.
///
/// Each of them has a customer of its own, so that customerd answers 404 until it has heard of the order. An order is
/// asked for again a millisecond after the answer that lacked it: what is measured is that much too long at most.
final class VisibilityWatch {
    private struct Sought {
        let order: String
        let customer: String
        let accepted: NIODeadline
    }

    private struct Unexpected: Error {
        let status: Int
    }

    private static let pause = TimeAmount.milliseconds(1)

    private let oneIn: Int
    private let loop: any EventLoop
    private let allSeen: EventLoopPromise<Void>
    private var idle: [HTTPConnection]
    private var waiting: [Sought] = []
    private var open = 0
    private var isClosed = false
    private var latencies = Latencies()

    init(_ connections: [HTTPConnection], oneIn: Int, on loop: any EventLoop) {
        idle = connections
        self.oneIn = oneIn
        self.loop = loop
        allSeen = loop.makePromise()
    }

    /// The customer that an order is to have if it is to be looked for.
    func customer(of order: Int) -> String? {
        guard order % oneIn == 0 else { return nil }
        let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
        return "01960000-0000-7000-8d00-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// An order was accepted this moment.
    func look(for order: String, of customer: String) {
        open += 1
        waiting.append(Sought(order: order, customer: customer, accepted: .now()))
        ask()
    }

    /// No more will be looked for.
    func whenAllAreSeen() -> EventLoopFuture<Void> {
        isClosed = true
        if open == 0 { allSeen.succeed() }
        return allSeen.futureResult
    }

    /// Members of a JSON object.
    var summary: String { #""count":\#(latencies.count),\#(latencies.summary)"# }

    private func ask() {
        while !waiting.isEmpty, let connection = idle.popLast() {
            let sought = waiting.removeFirst()
            connection.get("/customers/\(sought.customer)/orders") { [self] result in
                idle.append(connection)
                note(result, sought)
                ask()
            }
        }
    }

    private func note(_ result: Result<HTTPConnection.Answer, any Error>, _ sought: Sought) {
        switch result {
        case .failure(let error):
            allSeen.fail(error)
        case .success(let answer) where answer.status == 200 && String(buffer: answer.body).contains(sought.order):
            latencies.record(.now() - sought.accepted)
            open -= 1
            if isClosed, open == 0 { allSeen.succeed() }
        case .success(let answer) where answer.status == 404:
            loop.assumeIsolated().scheduleTask(in: Self.pause) {
                self.waiting.append(sought)
                self.ask()
            }
        case .success(let answer):
            allSeen.fail(Unexpected(status: answer.status))
        }
    }
}
