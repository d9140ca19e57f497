import Foundation
import Synchronization
import TestSupport

/// Customers that place orders one after the other until they are told to go home, as real clients do: who gets no
/// answer, or 503, asks again with the same key.
final class Shoppers: Sendable {
    private struct Account {
        var accepted: [String: String] = [:]
        var contradictions: [String] = []
        var undecided = 0
        var isClosing = false
    }

    private let account = Mutex(Account())
    private let port: Int
    private let product: String

    /// - Parameters:
    ///   - port: productd's.
    ///   - product: What everybody buys.
    init(port: Int, product: String) {
        self.port = port
        self.product = product
    }

    /// The ids of all orders that were answered 201.
    var acceptedIDs: Set<String> { Set(account.withLock { $0.accepted.values }) }

    /// How many requests had no answer, or 503.
    var undecidedCount: Int { account.withLock { $0.undecided } }

    /// Answers that must not be: the same key answered with two orders, or something unexpected.
    var contradictions: [String] { account.withLock { $0.contradictions } }

    /// Lets `count` shoppers shop while `body` runs, and has each finish its last order afterwards.
    func shop(_ count: Int, during body: @Sendable () async throws -> Void) async throws {
        account.withLock { $0.isClosing = false }
        try await withThrowingTaskGroup { group in
            for _ in 0..<count { group.addTask { try await self.shopUntilClosing() } }
            let outcome: Result<Void, any Error>
            do {
                try await body()
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            account.withLock { $0.isClosing = true }
            try await group.waitForAll()
            try outcome.get()
        }
    }

    /// Waits until so many more orders were accepted.
    func awaitOrders(_ more: Int) async throws {
        let goal = account.withLock { $0.accepted.count } + more
        try await eventually("\(more) more orders are accepted", within: .seconds(90)) {
            self.account.withLock { $0.accepted.count } >= goal
        }
    }

    private func shopUntilClosing() async throws {
        let customers = (0..<5).map { _ in UUID().uuidString.lowercased() }
        var client: TestClient?
        while !account.withLock({ $0.isClosing }) {
            let key = UUID().uuidString
            let body =
                #"{"customerId":"\#(customers.randomElement() ?? "")","items":[{"productId":"\#(product)","quantity":1}]}"#
            try await eventually("an order is decided", within: .seconds(150)) {
                do {
                    let connected = try client ?? TestClient(port: port)
                    client = connected
                    let answer = try await connected.request(
                        "POST", "/orders", headers: ["Content-Type": "application/json", "Idempotency-Key": key],
                        body: body)
                    return note(answer, key: key)
                } catch is TestFailure {
                    client = nil
                    account.withLock { $0.undecided += 1 }
                    return false
                }
            }
        }
    }

    /// - Returns: Whether the order is decided.
    private func note(_ answer: TestResponse, key: String) -> Bool {
        account.withLock { account in
            switch answer.status {
            case 201:
                let id = answer["location"].map { String($0.split(separator: "/").last ?? "") } ?? ""
                if let first = account.accepted[key], first != id {
                    account.contradictions.append("\(key): two orders")
                }
                account.accepted[key] = id
                return true
            case 503:
                account.undecided += 1
                if answer["retry-after"] == nil { account.contradictions.append("503 without Retry-After") }
                return false
            default:
                account.contradictions.append("\(answer.status): \(answer.body)")
                return true
            }
        }
    }
}
