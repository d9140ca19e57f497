import Commerce
import FoundationEssentials
import Postgres
import ProductService

/// One hot piece: prepared outside of what is counted, then run over and over.
struct Piece: Sendable {
    let name: String
    /// Makes what the piece works on, and gives the piece; each run's number depends on all of its work.
    let prepare: @Sendable () throws -> () throws -> Int

    static let all = [
        moneyRead, moneyWrite, orderRead, orderWrite, eventEncode, eventDecode, identifiers, uuidArray, textArray,
        batch,
    ]
}

extension Piece {
    static let moneyRead = Piece(name: "money-read") {
        { Int(Money(decimal: "12345.67", currency: .usd)?.minorUnits ?? 0) }
    }

    static let moneyWrite = Piece(name: "money-write") {
        let money = Money(minorUnits: 1_234_567, currency: .usd)
        return {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(16)
            money.appendDecimal(to: &bytes)
            return bytes.count
        }
    }

    /// A new id, and its text.
    static let identifiers = Piece(name: "identifier") {
        let now = Date.wholeMilliseconds
        return { OrderID(UUIDv7.shared.next(at: now)).description.utf8.count }
    }

    /// The body of a request, as far as the writer's queue.
    static let orderRead = Piece(name: "order-read") {
        let body = Array(SampleOrder.body.utf8)
        return { try BatchRehearsal.read(body) }
    }

    /// The answer to a request.
    static let orderWrite = Piece(name: "order-write") {
        let order = SampleOrder.order
        return {
            var writer = JSONWriter()
            writer.order(order)
            return writer.bytes.count
        }
    }

    static let eventEncode = Piece(name: "event-encode") {
        let event = OrderEvent(.created, SampleOrder.order)
        return { event.encoded().count }
    }

    static let eventDecode = Piece(name: "event-decode") {
        let body = OrderEvent(.created, SampleOrder.order).encoded()
        return { try ReceivedOrderEvent(decoding: body, currency: .usd).pieces ?? 0 }
    }

    /// 256 of them, as a batch's column has.
    static let uuidArray = Piece(name: "uuid-array") {
        let values = (0..<256).map { _ in UUIDv7.shared.next() }
        return { try encodedSize(values) }
    }

    /// 256 of them, some NULL.
    static let textArray = Piece(name: "text-array") {
        let values = (0..<256).map { $0 % 4 == 0 ? nil : "request-\($0)" }
        return { try encodedSize(values) }
    }

    /// From 256 read orders to the parameters of the second round trip.
    static let batch = Piece(name: "batch-of-256") {
        let rehearsal = try BatchRehearsal(Array(repeating: Array(SampleOrder.body.utf8), count: 256))
        return { try rehearsal.run() }
    }

    private static func encodedSize(_ values: [some PostgresEncodable]) throws -> Int {
        var bytes: [UInt8] = []
        try values.encode(into: &bytes)
        return bytes.count
    }
}
