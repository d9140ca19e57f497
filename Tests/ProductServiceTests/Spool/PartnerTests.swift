import Daemon
import Testing

@testable import ProductService

@Suite("Partners have their ways, and names that are safe as a directory's")
struct PartnerTests {
    private let ways = PartnerWays(settle: .quiesce, policy: .perOrder)

    @Test("each partner's ways are read, and the rest is as for all")
    func read() throws {
        let named = try PartnerWays.named(
            in: " acme settle=marker policy=all-or-nothing; beta settle=rename ;;gamma", otherwise: ways)
        #expect(
            named == [
                "acme": PartnerWays(settle: .marker, policy: .allOrNothing),
                "beta": PartnerWays(settle: .rename, policy: .perOrder),
                "gamma": ways,
            ])
    }

    @Test(
        "what can't be meant is named with its place",
        arguments: ["Acme", "../etc settle=rename", "acme settle=later", "acme colour=blue", "acme settle"])
    func refused(text: String) {
        #expect(throws: ConfigurationError.self) { try PartnerWays.named(in: text, otherwise: ways) }
    }

    @Test("a partner's name is short, plain and no path", arguments: ["", ".", "..", "-a", "a/b", "A", "a b", "ä"])
    func noNames(name: String) {
        #expect(!Partner.isName(name))
    }

    @Test("sixty-three characters are a name, one more is none")
    func length() {
        #expect(Partner.isName(String(repeating: "a", count: 63)))
        #expect(!Partner.isName(String(repeating: "a", count: 64)))
    }
}
