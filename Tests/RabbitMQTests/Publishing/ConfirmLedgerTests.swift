import Testing

@testable import RabbitMQ

/// The account of published messages, without a broker.
@Suite("Each published message has the outcome that the broker gave it")
struct ConfirmLedgerTests {
    private var ledger = ConfirmLedger()
    private let open = PublishOutcome.unconfirmed(.notConnected)

    private mutating func publish(_ ids: String...) {
        ledger.begin(count: ids.count)
        for (index, id) in ids.enumerated() { ledger.published(index, identity(id)) }
    }

    private func identity(_ id: String) -> ConfirmLedger.Identity {
        ConfirmLedger.Identity(.to("queue", id: id))
    }

    @Test("one by one, in any order")
    mutating func single() {
        publish("a", "b", "c")
        ledger.acknowledged(sequence: 3, multiple: false)
        ledger.refused(sequence: 1, multiple: false)
        #expect(ledger.outstandingCount == 1)
        ledger.acknowledged(sequence: 2, multiple: false)
        #expect(ledger.openCount == 0)
        #expect(ledger.end(remaining: open) == [.refused, .confirmed, .confirmed])
    }

    @Test("a multiple confirm settles all before it that are not settled yet")
    mutating func multiple() {
        publish("a", "b", "c", "d")
        ledger.refused(sequence: 2, multiple: false)
        ledger.acknowledged(sequence: 3, multiple: true)
        #expect(ledger.openCount == 1)
        #expect(ledger.end(remaining: open) == [.confirmed, .refused, .confirmed, open])
    }

    @Test("a multiple confirm of number zero settles all")
    mutating func all() {
        publish("a", "b")
        ledger.acknowledged(sequence: 0, multiple: true)
        #expect(ledger.end(remaining: open) == [.confirmed, .confirmed])
    }

    @Test("a returned message is confirmed afterwards, and counts as returned")
    mutating func returned() {
        publish("a", "b", "c")
        ledger.returned(identity("b"), code: 312, text: "NO_ROUTE")
        #expect(ledger.openCount == 3)
        ledger.acknowledged(sequence: 3, multiple: true)
        #expect(ledger.end(remaining: open) == [.confirmed, .returned(code: 312, text: "NO_ROUTE"), .confirmed])
    }

    @Test("of messages that are alike, the first is the returned one")
    mutating func alike() {
        publish("a", "a")
        ledger.returned(identity("a"), code: 312, text: "NO_ROUTE")
        ledger.acknowledged(sequence: 2, multiple: true)
        #expect(ledger.end(remaining: open) == [.returned(code: 312, text: "NO_ROUTE"), .confirmed])
    }

    @Test("numbers go on from batch to batch")
    mutating func batches() {
        publish("a", "b")
        ledger.acknowledged(sequence: 2, multiple: true)
        #expect(ledger.end(remaining: open) == [.confirmed, .confirmed])
        publish("c")
        ledger.acknowledged(sequence: 3, multiple: false)
        #expect(ledger.end(remaining: open) == [.confirmed])
        #expect(ledger.outstandingCount == 0)
    }

    @Test("what is said late of a batch that was given up is no answer to the next one")
    mutating func late() {
        publish("a", "b")
        #expect(ledger.end(remaining: open) == [open, open])
        publish("a", "c")
        #expect(ledger.outstandingCount == 4)
        ledger.returned(identity("a"), code: 312, text: "NO_ROUTE")
        ledger.refused(sequence: 2, multiple: true)
        #expect(ledger.openCount == 2)
        ledger.acknowledged(sequence: 4, multiple: true)
        #expect(ledger.end(remaining: open) == [.confirmed, .confirmed])
        #expect(ledger.outstandingCount == 0)
    }

    @Test("a message that was not sent takes no number")
    mutating func unsent() {
        ledger.begin(count: 3)
        ledger.published(0, identity("a"))
        ledger.settle(1, open)
        ledger.published(2, identity("c"))
        ledger.acknowledged(sequence: 2, multiple: true)
        #expect(ledger.end(remaining: .refused) == [.confirmed, open, .confirmed])
    }

    @Test("numbers that were never given mean nothing", arguments: [0, 3, 99, UInt64.max])
    mutating func strange(number: UInt64) {
        publish("a", "b")
        ledger.acknowledged(sequence: number, multiple: false)
        #expect(ledger.outstandingCount == 2)
        #expect(ledger.openCount == 2)
    }
}
