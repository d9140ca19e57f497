import Commerce
import Files
import Testing

@testable import ProductService

@Suite("All that must be known of a claimed file after a crash is in its names")
struct ClaimedFileTests {
    private let ways = PartnerWays(settle: .marker, policy: .perOrder)
    private let id = FileID(UUIDv7.shared.next())

    @Test(
        "a file is found again under its original name, whatever else is in its directory",
        arguments: [
            ["orders.json"], ["orders.json", "orders.json.ok"], ["orders.json.sha256", "orders.json"],
            ["orders.json", "receipt.json", "reason.json", "rejects.json", ".new."],
        ] as [[FileName]])
    func found(names: [FileName]) throws {
        let original = try #require(names.first { $0 == "orders.json" })
        let claimed = ClaimedFile(id: id, partner: Partner(name: "acme", ways: ways), originalName: original)
        let found = ClaimedFile(directoryName: claimed.directoryName, names: names) { _ in ways }
        #expect(found == claimed)
        #expect(found?.originalName == original)
    }

    @Test(
        "a file that is called like one of ours gives way, and keeps its name in its receipt",
        arguments: [
            "receipt.json", "reason.json", "rejects.csv", "original.rejects.ndjson", "original.original.reason.json",
        ] as [FileName])
    func reserved(name: FileName) {
        let claimed = ClaimedFile(id: id, partner: Partner(name: "acme", ways: ways), originalName: name)
        #expect(claimed.storedName == FileName("original.\(name)"))
        #expect(claimed.originalName == name)
        let names = [claimed.storedName, ClaimedFile.receipt, ClaimedFile.reason]
        #expect(ClaimedFile(directoryName: claimed.directoryName, names: names) { _ in ways } == claimed)
    }

    @Test("a directory with a marker alone, or with nothing, holds no file")
    func alone() {
        let directory = FileName("\(id).acme")
        #expect(ClaimedFile(directoryName: directory, names: []) { _ in ways } == nil)
        #expect(ClaimedFile(directoryName: directory, names: ["orders.json.ok"]) { _ in ways } == nil)
        // Of a partner who sends no markers it is a file like any other.
        let others = PartnerWays(settle: .quiesce, policy: .perOrder)
        #expect(ClaimedFile(directoryName: directory, names: ["orders.ok"]) { _ in others } != nil)
        #expect(ClaimedFile(directoryName: "not-ours", names: ["orders.json"]) { _ in ways } == nil)
        #expect(ClaimedFile(directoryName: FileName("\(id).../etc"), names: ["orders.json"]) { _ in ways } == nil)
    }

    @Test("a receipt's name holds as much of the file's as fits")
    func receiptName() {
        let name = FileName(bytes: [UInt8](repeating: 0xFF, count: 255))
        let claimed = ClaimedFile(id: id, partner: Partner(name: "acme", ways: ways), originalName: name)
        #expect(claimed.receiptName.bytes.count == 255)
        #expect(claimed.receiptName.hasSuffix(".\(id).json"))
    }
}
