import Foundation

/// `receipt.json`, as its reader sees it.
struct SpoolReceipt: Sendable, Decodable, Hashable {
    struct Orders: Sendable, Decodable, Hashable {
        let accepted: Int
        let refused: Int
        let duplicates: Int
    }

    let schema: Int
    let id: String
    let partner: String
    let originalName: String
    let size: Int64
    let sha256: String?
    let receivedAt: String
    let finishedAt: String
    let outcome: String
    let orders: Orders
    let duplicateOf: String?
    let code: String?

    init(at path: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// `reason.json`, as its reader sees it.
struct SpoolReason: Sendable, Decodable {
    struct Fault: Sendable, Decodable {
        let record: Int?
        let line: Int?
        let byte: Int64?
        let field: String?
        let code: String
        let message: String
        let excerpt: String?
    }

    let schema: Int
    let id: String
    let partner: String
    let originalName: String
    let ownerUid: UInt32
    let stage: String
    let code: String
    let retryable: Bool
    let attempts: Int
    let hint: String
    let errorCount: Int
    let errors: [Fault]

    init(at path: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
