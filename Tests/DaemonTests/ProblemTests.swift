import Commerce
import Hummingbird
import TestSupport
import Testing

@testable import Daemon

@Suite("Every refusal is a problem document")
struct ProblemTests {
    private static func routes(_ routes: inout Routes) {
        routes.get("/orders/{id}") { _, _ in .json(Array("{}".utf8)) }
        routes.patch("/orders/{id}") { _, _ in .noContent() }
        routes.post("/orders") { request, _ in
            var writer = JSONWriter()
            writer.value(try await request.json())
            return .json(writer.bytes, status: .created)
        }
        routes.get("/fails") { _, _ in throw TestFailure("a secret of the inside") }
        routes.get("/busy") { _, _ in throw Problem.unavailable("the database is away", retryAfter: .seconds(7)) }
        routes.get("/parameter/{id}") { _, context in
            .json(Array("\(try context.parameters.require("id", as: Int.self))".utf8))
        }
    }

    /// The document that an answer carries, with the promises that hold for all of them checked.
    private static func document(_ response: TestResponse) throws -> JSON {
        #expect(response["content-type"] == "application/problem+json")
        let document = try JSON.parse(Array(response.body.utf8)).value
        #expect(document["status"] == .number("\(response.status)"))
        #expect(document["statusCode"] == .number("\(response.status)"))
        #expect(document["message"] == document["detail"])
        return document
    }

    private func document(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil, status: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (JSON, TestResponse) {
        let result = AsyncStream.makeStream(of: TestResponse.self)
        try await withServer(routes: Self.routes) { port in
            result.continuation.yield(
                try await TestClient(port: port).request(method, path, headers: headers, body: body))
            result.continuation.finish()
        }
        guard let response = await result.stream.first(where: { _ in true }) else { throw TestFailure("no answer") }
        #expect(response.status == status, sourceLocation: sourceLocation)
        return (try Self.document(response), response)
    }

    @Test("an unknown path is 404 and names the path")
    func notFound() async throws {
        let (document, _) = try await document("GET", "/nothing?here", status: 404)
        #expect(document["type"] == .string("urn:tradepost:problem:not-found"))
        #expect(document["instance"] == .string("/nothing"))
    }

    @Test("a method that a path doesn't have is 405 and lists those it has", arguments: ["DELETE", "PUT", "TRACE"])
    func methodNotAllowed(method: String) async throws {
        let (document, response) = try await document(method, "/orders/1", status: 405)
        #expect(document["type"] == .string("urn:tradepost:problem:method-not-allowed"))
        #expect(response["allow"] == "GET, HEAD, OPTIONS, PATCH")
    }

    @Test("a method that nobody knows is refused as a problem, too")
    func unknownMethod() async throws {
        _ = try await document("PROPFIND", "/orders/1", status: 501)
    }

    @Test("an error that nobody foresaw is 500 and tells nothing of the inside")
    func internalError() async throws {
        let (document, response) = try await document("GET", "/fails", status: 500)
        #expect(document["type"] == .string("urn:tradepost:problem:internal"))
        #expect(!response.body.contains("secret"))
    }

    @Test("what may succeed later says when")
    func retryAfter() async throws {
        let (_, response) = try await document("GET", "/busy", status: 503)
        #expect(response["retry-after"] == "7")
    }

    @Test("Hummingbird's own refusals are problems, too")
    func hummingbirdError() async throws {
        let (document, _) = try await document("GET", "/parameter/x", status: 400)
        #expect(document["type"] == .string("urn:tradepost:problem:bad-request"))
    }

    @Test(
        "a body of another media type is 415 and says which header would be right",
        arguments: ["application/x-www-form-urlencoded", "text/plain", "application/json; charset=latin1"])
    func unsupportedMediaType(contentType: String) async throws {
        let (document, _) = try await document(
            "POST", "/orders", headers: ["Content-Type": contentType], body: "{}", status: 415)
        guard case .string(let detail)? = document["detail"] else { throw TestFailure("no detail") }
        #expect(detail.contains("Content-Type: application/json"))
    }

    @Test("a body without a media type is 415, and so is one with an empty one")
    func missingMediaType() async throws {
        for headers in [[:], ["Content-Type": ""]] {
            let (document, _) = try await document("POST", "/orders", headers: headers, body: "{}", status: 415)
            guard case .string(let detail)? = document["detail"] else { throw TestFailure("no detail") }
            #expect(detail.hasPrefix("the body has no Content-Type"))
        }
    }

    @Test("a body that is compressed is 415, and not taken for bad JSON")
    func contentCoding() async throws {
        let headers = ["Content-Type": "application/json", "Content-Encoding": "gzip"]
        let (document, answer) = try await document("POST", "/orders", headers: headers, body: "{}", status: 415)
        guard case .string(let detail)? = document["detail"] else { throw TestFailure("no detail") }
        #expect(detail.contains("content coding gzip"))
        #expect(answer["accept-encoding"] == "identity")
    }

    @Test("what the faults say is the detail, and so the message for the old clients")
    func faultsAreTheDetail() {
        let fault = Fault(at: .root.member("sku"), "belongs to another product")
        #expect(Problem(.conflict, faults: [fault]).detail == "sku belongs to another product")
    }

    @Test(
        "JSON is taken under its name, with a charset, and with a suffix",
        arguments: [
            "application/json", "Application/JSON; charset=UTF-8", "application/merge-patch+json",
            "application/json;charset=\"utf-8\"",
        ])
    func acceptedMediaTypes(contentType: String) async throws {
        try await withServer(routes: Self.routes) { port in
            let response = try await TestClient(port: port)
                .request("POST", "/orders", headers: ["Content-Type": contentType], body: #"{"a":1}"#)
            #expect(response.status == 201)
            #expect(response.body == #"{"a":1}"#)
        }
    }

    @Test(
        "malformed JSON is 400 and says where", arguments: ["{", "", "{\"a\":1,}", String(repeating: "[", count: 99)])
    func malformed(body: String) async throws {
        let (document, _) = try await document(
            "POST", "/orders", headers: ["Content-Type": "application/json"], body: body, status: 400)
        #expect(document["type"] == .string("urn:tradepost:problem:malformed-json"))
    }

    @Test("repeated names and NUL characters are faults with their place")
    func faults() async throws {
        let (document, _) = try await document(
            "POST", "/orders", headers: ["Content-Type": "application/json"],
            body: #"{"a":1,"a":2,"b":["\u0000"]}"#, status: 400)
        #expect(document["type"] == .string("urn:tradepost:problem:validation-failed"))
        #expect(document["pointers"] == .array([.string("/a"), .string("/b/0")]))
    }

    @Test("a body over 1 MiB is 413, and the connection can be used again")
    func tooLarge() async throws {
        try await withServer(routes: Self.routes) { port in
            let client = try TestClient(port: port)
            let json = ["Content-Type": "application/json"]
            let refused = try await client.request(
                "POST", "/orders", headers: json, body: String(repeating: " ", count: 2 << 20))
            #expect(refused.status == 413)
            _ = try Self.document(refused)
            #expect(try await client.request("POST", "/orders", headers: json, body: "1").status == 201)
        }
    }

    @Test("a body that is announced as very large is 413 before any of it is read")
    func announcedTooLarge() async throws {
        try await withServer(routes: Self.routes) { port in
            let client = try TestClient(port: port)
            try await client.send(
                "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9999999999\r\n\r\n "
            )
            let refused = try await client.response()
            #expect(refused.status == 413)
            #expect(refused["connection"] == "close")
            #expect(await client.isClosedByServer())
        }
    }

    @Test("bytes that are no HTTP are answered 400 as a problem, and the connection is closed")
    func noHTTP() async throws {
        try await withServer(routes: Self.routes) { port in
            let client = try TestClient(port: port)
            try await client.send("this is\u{1} not http\r\n\r\n")
            let refused = try await client.response()
            #expect(refused.status == 400)
            _ = try Self.document(refused)
            #expect(await client.isClosedByServer())
        }
    }

    @Test("header fields beyond the bounds are answered 431")
    func headersTooLarge() async throws {
        try await withServer(routes: Self.routes) { port in
            let client = try TestClient(port: port)
            try await client.send(
                "GET /orders/1 HTTP/1.1\r\nHost: a\r\nX-Large: \(String(repeating: "a", count: 40_000))\r\n\r\n")
            let refused = try await client.response()
            #expect(refused.status == 431, "\(refused.body)")
        }
    }

    @Test("a connection beyond the limit is answered 503, and there is room again when another closes")
    func tooManyConnections() async throws {
        try await withServer(
            configuration: HTTPConfiguration(threads: 1, maximumConnections: 1), routes: Self.routes
        ) { port in
            do {
                let first = try TestClient(port: port)
                #expect(try await first.request("GET", "/orders/1").status == 200)
                let second = try TestClient(port: port)
                let refused = try await second.request("GET", "/orders/1")
                #expect(refused.status == 503)
                #expect(refused["retry-after"] == "1")
            }
            try await eventually("there is room again") {
                try await TestClient(port: port).request("GET", "/orders/1").status == 200
            }
        }
    }
}
