import Daemon
import Files

/// Who drops files: each partner has a directory of their own below `drop/`, named after them.
struct Partner: Sendable, Hashable {
    let name: String
    let ways: PartnerWays

    /// Whether a directory of this name is a partner's: `[a-z0-9][a-z0-9-]{0,62}`.
    static func isName(_ name: String) -> Bool {
        let isPlain = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return (1...63).contains(name.utf8.count) && name.utf8.first.map(isPlain) == true
            && name.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") }
    }

    /// Whose a file is that an operator imports without naming a partner.
    static let operators = "import"

    /// What is kept with each of their orders as its source.
    var source: String { "spool:\(name)" }
}

/// What is agreed with a partner.
struct PartnerWays: Sendable, Hashable {
    var settle: SettleWay
    var policy: OrderPolicy
}

/// How it is known that a file is whole.
enum SettleWay: String, Sendable, CaseIterable {
    /// Whatever appears under a final name is whole: the partner renames it into place.
    case rename
    /// A second file says so: `name.ok`, or `name.sha256` with the checksum.
    case marker
    /// Nothing about it has changed for a while.
    case quiesce
}

/// What becomes of the good orders of a file that has bad ones too.
enum OrderPolicy: String, Sendable, CaseIterable {
    /// They are taken.
    case perOrder = "per-order"
    /// They are not: all orders of a file are taken, or none.
    case allOrNothing = "all-or-nothing"
}

extension PartnerWays {
    /// Reads `acme settle=marker policy=all-or-nothing; beta settle=rename`.
    ///
    /// - Parameter ways: Holds where a partner's entry says nothing.
    static func named(in text: String, otherwise ways: PartnerWays) throws(ConfigurationError) -> [String: PartnerWays]
    {
        var named: [String: PartnerWays] = [:]
        for entry in text.split(separator: ";") {
            let words = entry.split(separator: " ").map(String.init)
            guard let name = words.first else { continue }
            guard Partner.isName(name) else {
                throw ConfigurationError([
                    "spool.partners: '\(name)' is no partner's name; use a-z, 0-9 and -, 63 characters at most"
                ])
            }
            var found = ways
            for word in words.dropFirst() { try found.read(word, of: name) }
            named[name] = found
        }
        return named
    }

    private mutating func read(_ word: String, of name: String) throws(ConfigurationError) {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        switch (parts.first, parts.last) {
        case ("settle", let value?) where SettleWay(rawValue: value) != nil:
            settle = SettleWay(rawValue: value) ?? settle
        case ("policy", let value?) where OrderPolicy(rawValue: value) != nil:
            policy = OrderPolicy(rawValue: value) ?? policy
        default:
            throw ConfigurationError([
                "spool.partners: \(name): '\(word)' is neither settle=rename|marker|quiesce nor "
                    + "policy=per-order|all-or-nothing"
            ])
        }
    }
}
