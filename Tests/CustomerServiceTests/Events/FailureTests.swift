import Postgres
import Testing

@testable import CustomerService

@Suite("A batch that fails is blamed on whom it must be, and costs its neighbours nothing")
struct FailureTests {
    @Test(
        "a server that is away, busy or not set up is never a message's fault",
        arguments: [
            PostgresError(.connectionLost, ""), PostgresError(.connectFailed, ""),
            PostgresError(.connectFailed, "", sqlState: .invalidPassword), PostgresError(.deadlineExceeded, ""),
            PostgresError(.server, "", sqlState: .deadlockDetected),
            PostgresError(.server, "", sqlState: .serializationFailure),
            PostgresError(.server, "", sqlState: .undefinedTable),
            PostgresError(.server, "", sqlState: .readOnlyTransaction),
            PostgresError(.server, "", sqlState: .tooManyConnections),
            PostgresError(.server, "", sqlState: SQLState(rawValue: "53100")),
            PostgresError(.connectionLost, "", sqlState: .adminShutdown),
        ])
    func database(error: PostgresError) {
        #expect(FailureBlame(error) == .database)
    }

    @Test("a value that the tables don't take is its message's fault, for good")
    func message() {
        for error in [
            PostgresError(.server, "out of range", sqlState: .numericValueOutOfRange),
            PostgresError(.server, "check", sqlState: .checkViolation), PostgresError(.encoding, "NUL"),
        ] {
            let isForGood = if case .message = FailureBlame(error) { true } else { false }
            #expect(isForGood, "\(error)")
        }
    }

    @Test("what nobody foresaw is tried again before it is the message's fault")
    func perhaps() {
        let error = PostgresError(.server, "raised", sqlState: SQLState(rawValue: "P0001"))
        let isTriedAgain = if case .perhapsMessage = FailureBlame(error) { true } else { false }
        #expect(isTriedAgain)
    }

    private struct Culprit: Error {}

    @Test("the culprit is found alone, whatever its place, and all others are applied once", arguments: 0..<16)
    func halving(place: Int) throws {
        var applied: [Int] = []
        var transactions = 0
        let application = HalvedApplication<Int>(
            apply: { events in
                transactions += 1
                if events.contains(place) { throw Culprit() }
                applied += events
            },
            blame: { _ in .message(ParkingReason(name: "bad", detail: "")) })
        let verdicts = try application.verdicts(for: Array(0..<16)[...])
        #expect(applied == (0..<16).filter { $0 != place })
        #expect(verdicts.enumerated().allSatisfy { ($1 == .applied) == ($0 != place) })
        #expect(transactions == 9)
    }

    @Test("a failure that is the database's ends the attempt and condemns nobody")
    func databaseFailure() {
        let application = HalvedApplication<Int>(apply: { _ in throw Culprit() }, blame: { _ in .database })
        #expect(throws: Culprit.self) { try application.verdicts(for: [1, 2, 3]) }
    }
}
