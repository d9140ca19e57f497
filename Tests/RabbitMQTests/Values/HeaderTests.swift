import CLibrabbitmq
import FoundationEssentials
import Testing

@testable import RabbitMQ

@Suite("What a message says of itself arrives as it was sent")
struct HeaderTests {
    private static let everything: [String: FieldValue] = [
        "null": .null,
        "yes": .bool(true),
        "no": .bool(false),
        "int": .int(-42),
        "largest": .int(.max),
        "double": .double(599.99),
        "string": .string("naïve ☕"),
        "empty": .string(""),
        "bytes": .bytes([0, 255, 10]),
        "time": .timestamp(Date(timeIntervalSince1970: 1_750_000_000)),
        "array": .array([.int(1), .string("two"), .array([.null]), .array([])]),
        "table": .table(["inner": .table(["deeper": .bool(true)]), "none": .table([:])]),
    ]

    @Test("headers of every type, and all properties")
    func roundTrip() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                var message = Message(
                    exchange: "", routingKey: "orders", body: Array("{}".utf8), contentType: "application/json",
                    messageID: "0190a1b2", timestamp: Date(timeIntervalSince1970: 1_750_000_000),
                    type: "order_created", appID: "productd", correlationID: "c-1", headers: Self.everything)
                let publisher = try broker.publisher(.queue("orders"))
                #expect(publisher.publish([message], deadline: .seconds(20)) == [.confirmed])
                let consumer = try broker.consumer(.queue("orders"))
                let delivery = try #require(try consumer.nextBatch(most: 1, wait: .seconds(20)).first)
                message.isMandatory = false
                #expect(delivery.message == message)
            }
        }
    }

    @Test("a message without any of them has none")
    func bare() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                let message = Message(exchange: "", routingKey: "orders", body: [], isPersistent: false)
                #expect(publisher.publish([message], deadline: .seconds(20)) == [.confirmed])
                let consumer = try broker.consumer(.queue("orders"))
                let delivery = try #require(try consumer.nextBatch(most: 1, wait: .seconds(20)).first)
                #expect(delivery.message.body.isEmpty)
                #expect(delivery.message.headers.isEmpty)
                #expect(delivery.message.messageID == nil)
                #expect(delivery.message.timestamp == nil)
                #expect(!delivery.message.isPersistent)
            }
        }
    }

    @Test(
        "a time that no clock shows is brought to the end of the year 9999", arguments: [UInt64.max, 1_750_000_000_000])
    func farFuture(seconds: UInt64) {
        let date = Date(secondsOfPeer: seconds)
        #expect(date.timeIntervalSince1970 == 253_402_300_799)
        #expect(date.wholeSeconds == 253_402_300_799)
        #expect(Date(timeIntervalSince1970: .infinity).wholeSeconds == 253_402_300_799)
        #expect(Date(timeIntervalSince1970: -1).wholeSeconds == 0)
    }

    @Test("nesting deeper than the limit is cut off when it comes, and refused when it goes")
    func nesting() {
        let memory = CallMemory()
        let deepest = (0..<FieldValue.deepest).reduce(FieldValue.null) { inner, _ in .array([inner]) }
        var table = memory.table(["deep": deepest])
        #expect(memory.fault == nil)
        #expect([String: FieldValue](table, depth: 0) == ["deep": deepest])
        // What comes lies one level deeper here, as if a peer had wrapped it once more.
        #expect([String: FieldValue](table, depth: 1) != ["deep": deepest])
        table = memory.table(["deep": .array([deepest])])
        #expect(memory.fault != nil)
    }

    @Test("the bytes handed out are never fewer than the encoded ones")
    func measure() {
        let memory = CallMemory()
        var message = Message(exchange: "", routingKey: "", body: [])
        message.headers = Self.everything
        message.headers["flags"] = .array(Array(repeating: .bool(true), count: 1_000))
        var properties = message.properties(in: memory)
        let used = memory.used
        let encoded = withUnsafeTemporaryAllocation(byteCount: 131_072, alignment: 1) { buffer in
            amqp_encode_properties(
                UInt16(AMQP_BASIC_CLASS), &properties, amqp_bytes_t(len: buffer.count, bytes: buffer.baseAddress))
        }
        #expect(encoded > 0)
        #expect(used >= encoded)
    }
}
