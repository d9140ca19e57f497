import NIOCore

/// Sends each order when it is due, and counts its latency from then on. For use on its event loop only.
final class OpenLoop {
    private let loop: any EventLoop
    private let interval: TimeAmount
    private let count: Int
    private let watch: VisibilityWatch?
    private let sample = SampleOrders()
    private let began: NIODeadline
    private let done: EventLoopPromise<String>
    private var idle: [HTTPConnection]
    private var isWaiting = false
    /// The order to be sent next, and how many have their answer.
    private var next = 0
    private var answered = 0
    private var latencies = Latencies()
    private var refused: [Int: Int] = [:]

    init(_ connections: [HTTPConnection], rate: Int, count: Int, watch: VisibilityWatch?, on loop: any EventLoop) {
        self.loop = loop
        self.count = count
        self.watch = watch
        idle = connections
        interval = .nanoseconds(1_000_000_000 / Int64(rate))
        began = .now() + .milliseconds(100)
        done = loop.makePromise()
    }

    /// - Returns: What came of it, as JSON; fails with the first connection that breaks.
    func run() -> EventLoopFuture<String> {
        sendWhatIsDue()
        return done.futureResult
    }

    private func due(_ order: Int) -> NIODeadline { began + .nanoseconds(interval.nanoseconds * Int64(order)) }

    private func sendWhatIsDue() {
        let now = NIODeadline.now()
        while next < count, due(next) <= now, let connection = idle.popLast() {
            send(next, on: connection)
            next += 1
        }
        // Without an idle connection the next answer goes on with it.
        guard next < count, !idle.isEmpty, !isWaiting else { return }
        isWaiting = true
        loop.assumeIsolated().scheduleTask(deadline: due(next)) {
            self.isWaiting = false
            self.sendWhatIsDue()
        }
    }

    private func send(_ order: Int, on connection: HTTPConnection) {
        let customer = watch?.customer(of: order)
        connection.post("/orders", sample.request(order, customerID: customer)) { [self] result in
            switch result {
            case .failure(let error):
                return done.fail(error)
            case .success(let answer):
                latencies.record(.now() - due(order))
                if answer.status != 201 {
                    refused[answer.status, default: 0] += 1
                } else if let customer {
                    watch?.look(for: answer.orderID, of: customer)
                }
            }
            idle.append(connection)
            answered += 1
            if answered == count { finish() } else { sendWhatIsDue() }
        }
    }

    private func finish() {
        let seconds = Double((.now() - began).nanoseconds) / 1e9
        let refused = refused.map { #""\#($0)":\#($1)"# }.joined(separator: ",")
        let orders = #""requests":\#(count),"seconds":\#(seconds),"refused":{\#(refused)},\#(latencies.summary)"#
        guard let watch else { return done.succeed("{\(orders)}") }
        watch.whenAllAreSeen().assumeIsolated().whenComplete { [done] result in
            done.completeWith(result.map { #"{\#(orders),"visible":{\#(watch.summary)}}"# })
        }
    }
}

extension HTTPConnection.Answer {
    /// Of an order that was accepted: the answer begins with it.
    fileprivate var orderID: String { body.getString(at: body.readerIndex + #"{"id":""#.utf8.count, length: 36) ?? "" }
}
