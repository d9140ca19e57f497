import AdminChannel
import Commerce
import Daemon
import FoundationEssentials
import Logging
import RabbitMQ

/// What operators do with messages that could not be applied.
struct DeadLetterCommands: Sendable {
    let broker: BrokerOptions
    let topology: OrderTopology
    let logger: Logger

    var all: [AdminCommand] { [list, show, retry, discard] }

    private static let id = AdminCommand.Parameter.argument("id", "The message's id, as dlq list shows it.")

    private var list: AdminCommand {
        AdminCommand(
            "dlq list", role: .viewer, "Messages that could not be applied, and why.",
            [.option("limit", "How many at most (100).", as: "N")], examples: ["dlq list --limit 20"]
        ) { call, reply in
            let limit = try call.integer("limit", in: 1...ParkingQueues.most, otherwise: 100)
            return try await look { queues in
                var count = 0
                while count < limit {
                    let deliveries = try await queues.next().prefix(limit - count)
                    if deliveries.isEmpty { break }
                    for delivery in deliveries {
                        let letter = DeadLetter(delivery)
                        try await reply.row { $0.members(of: letter) }
                    }
                    count += deliveries.count
                }
                if count == 0 { return .ok("nothing is parked") }
                return .ok(count == limit ? "there may be more: --limit" : "")
            }
        }
    }

    private var show: AdminCommand {
        AdminCommand(
            "dlq show", role: .viewer, "One message, with its body.", [Self.id], examples: ["dlq show 6adf97f83acf"]
        ) {
            call, reply in
            try await look { queues in
                let delivery = try await find(call["id"] ?? "", in: queues)
                let letter = DeadLetter(delivery)
                try await reply.row { json in
                    json.members(of: letter)
                    json.name("body")
                    json.string(String(decoding: delivery.message.body, as: UTF8.self))
                }
                return .ok()
            }
        }
    }

    private var retry: AdminCommand {
        AdminCommand(
            "dlq retry", role: .operator, "Put messages back into their queues, to be applied as if they were new.",
            [
                .argument("id", "One message.", isRequired: false), .flag("all", "Instead of one: all of them."),
                .option("limit", "With --all: how many at most (10000).", as: "N"),
                .option("reason", "Why; kept in the audit.", as: "TEXT"),
            ], examples: ["dlq retry 6adf97f83acf", "dlq retry --all --limit 100 --reason \"bug mended\""],
            isMutation: true
        ) { call, reply in
            guard (call["id"] == nil) == call.has("all") else { throw AdminEnd(.usage, "say an id, or --all") }
            let limit = try call.integer("limit", in: 1...ParkingQueues.most, otherwise: ParkingQueues.most)
            return try await look { queues in
                if let id = call["id"] {
                    let delivery = try await find(id, in: queues)
                    guard try await queues.retry([delivery]) == 1 else {
                        throw AdminEnd(.failed, "RabbitMQ did not take it; it stays where it was")
                    }
                    return .ok("1 message is back in its queue")
                }
                let (moved, stayed) = try await retryAll(limit, queues, reply)
                let text = "\(moved) messages are back in their queues"
                return stayed == 0 ? .ok(text) : AdminEnd(.failed, "\(text), \(stayed) RabbitMQ did not take")
            }
        }
    }

    private func retryAll(
        _ limit: Int, _ queues: ParkingQueues, _ reply: any AdminReply
    ) async throws -> (moved: Int, stayed: Int) {
        let began = Date.now
        var (moved, stayed) = (0, 0)
        while moved + stayed < limit {
            let batch = try await queues.next().prefix(limit - moved - stayed)
            let old = batch.prefix { !$0.isParked(after: began) }
            let count = try await queues.retry(old.filter { $0.omittedBodySize == nil })
            moved += count
            stayed += old.count - count
            try await reply.progress(moved, of: nil, "messages back in their queues")
            // What comes now was retried already, and has failed again.
            if batch.isEmpty || old.count < batch.count { break }
        }
        return (moved, stayed)
    }

    private var discard: AdminCommand {
        AdminCommand(
            "dlq discard", role: .admin, "Throw a message away; the audit keeps it.",
            [
                Self.id, .option("reason", "Why; required, and kept in the audit.", as: "TEXT"),
                .option("token", "What the command prints when it is said without.", as: "T"),
                .flag("yes", "Instead of the token: without looking."),
            ],
            examples: [
                "dlq discard 6adf97f83acf --reason \"a test\"",
                "dlq discard 6adf97f83acf --reason \"a test\" --token 140bedbf9c3f",
            ], isMutation: true
        ) { call, reply in
            guard call["reason"]?.isEmpty == false else { throw AdminEnd(.usage, "say --reason why") }
            return try await look { queues in
                let delivery = try await find(call["id"] ?? "", in: queues)
                let (letter, body) = (DeadLetter(delivery), delivery.message.body)
                let token = String(DeadLetter.digest(of: body).prefix(12))
                guard call.has("yes") || call["token"] == token else {
                    try await reply.row { $0.members(of: letter) }
                    throw AdminEnd(.wrongState, "this would be lost; say it again with --token \(token)")
                }
                try await call.keep(
                    .object([
                        JSON.Member("id", .string(letter.id)), JSON.Member("queue", .string(letter.queue)),
                        JSON.Member("reason", .string(letter.reason ?? "")),
                        JSON.Member("body", .string(String(decoding: body, as: UTF8.self))),
                    ]))
                try await queues.discard(delivery)
                return .ok("discarded; customerctl audit shows what it was")
            }
        }
    }

    /// Opens the queues for as long as it takes.
    private func look(_ body: (ParkingQueues) async throws -> AdminEnd) async throws -> AdminEnd {
        let queues = try ParkingQueues(broker, topology, logger: logger)
        do {
            let end = try await body(queues)
            await queues.close()
            return end
        } catch {
            await queues.close()
            throw error
        }
    }

    private func find(_ id: String, in queues: ParkingQueues) async throws -> Delivery {
        var seen = 0
        while seen < ParkingQueues.most {
            let deliveries = try await queues.next()
            if deliveries.isEmpty { break }
            if let found = deliveries.first(where: { DeadLetter.id(of: $0.message) == id }) {
                guard found.omittedBodySize == nil else {
                    throw AdminEnd(.failed, "its body is too long to be handled here")
                }
                return found
            }
            seen += deliveries.count
        }
        throw AdminEnd(
            .notFound, "no message \(id)" + (seen < ParkingQueues.most ? "" : " among the first \(seen)"))
    }
}
