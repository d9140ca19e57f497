import Commerce
import HTTPTypes
import Hummingbird
import Testing

@testable import Daemon

@Suite("Conditions and parameters are read as the standards say")
struct ConditionTests {
    @Test(
        "If-Match holds for any of its strong tags, or for *",
        arguments: [
            (#""3""#, true), (#""1", "3""#, true), (#""1","2""#, false), ("*", true), (#"W/"3""#, false),
            (#""3-other""#, false), (" \"3\" ", true),
        ])
    func ifMatch(header: String, holds: Bool) throws {
        let condition = try EntityTagCondition(ifMatch: [.ifMatch: header])
        #expect(condition?.matches(EntityTag(version: 3)) == holds)
    }

    @Test("no If-Match is no condition")
    func noCondition() throws {
        let condition = try EntityTagCondition(ifMatch: [:])
        #expect(condition == nil)
        try EntityTag(version: 1).require(condition)
    }

    @Test("If-Match without quotes is refused, not taken for a mismatch", arguments: ["3", "\"3", "x\"3\""])
    func malformed(header: String) {
        #expect(throws: Problem.self) { try EntityTagCondition(ifMatch: [.ifMatch: header]) }
    }

    @Test("If-None-Match compares weakly")
    func ifNoneMatch() throws {
        let condition = try EntityTagCondition(ifNoneMatch: [.ifNoneMatch: #"W/"3""#])
        #expect(condition?.matches(EntityTag(version: 3)) == true)
    }

    @Test("a failed condition is 412 with the present tag")
    func preconditionFailed() throws {
        let condition = try EntityTagCondition(ifMatch: [.ifMatch: #""2""#])
        let problem = #expect(throws: Problem.self) { try EntityTag(version: 3).require(condition) }
        #expect(problem?.type == .preconditionFailed)
        #expect(problem?.headers[.eTag] == #""3""#)
    }

    private func query(_ text: String) -> Query {
        Query(
            Request(
                head: HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/orders?\(text)"),
                body: .init(buffer: ByteBuffer())))
    }

    @Test("parameters are percent-decoded, and an unknown one is left alone")
    func decoding() throws {
        var query = query("q=red%20chair+%C3%BC&x=1&empty=")
        #expect(query.text("q") == "red chair ü")
        #expect(query.text("empty") == nil)
        #expect(query.integer("limit", in: 1...100, default: 20) == 20)
        try query.finish()
    }

    @Test(
        "every parameter that is wrong is a fault of its own",
        arguments: ["limit=0", "limit=101", "limit=x", "limit=1.5", "limit=%zz", "limit=%ff", "limit=%00"])
    func faults(text: String) throws {
        var query = query(text + "&count=maybe")
        _ = query.integer("limit", in: 1...100)
        _ = query.bool("count")
        let problem = #expect(throws: Problem.self) { try query.finish() }
        #expect(problem?.faults.map(\.pointer) == ["/limit", "/count"])
    }
}
