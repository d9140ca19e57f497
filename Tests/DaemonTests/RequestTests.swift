import Hummingbird
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Daemon

@Suite("A request is known by its ids")
struct RequestTests {
    private static func routes(_ routes: inout Routes) {
        routes.get("/trace") { _, context in
            .bytes(Array(context.trace.traceparent.utf8), contentType: "text/plain")
        }
    }

    @Test("a sane X-Request-Id is taken and sent back")
    func requestIDTaken() async throws {
        try await withServer(routes: Self.routes) { port in
            let response = try await TestClient(port: port)
                .request("GET", "/trace", headers: ["X-Request-Id": "shop-4711/a"])
            #expect(response["x-request-id"] == "shop-4711/a")
        }
    }

    @Test("one that could harm a log is replaced", arguments: ["a b", "ü", String(repeating: "x", count: 129), ""])
    func requestIDReplaced(id: String) async throws {
        try await withServer(routes: Self.routes) { port in
            let response = try await TestClient(port: port).request("GET", "/trace", headers: ["X-Request-Id": id])
            #expect(response["x-request-id"]?.count == 32)
            #expect(response["x-request-id"] != id)
        }
    }

    @Test("a valid traceparent is continued with a span of ours")
    func traceContinued() async throws {
        try await withServer(routes: Self.routes) { port in
            let response = try await TestClient(port: port).request(
                "GET", "/trace",
                headers: ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
            #expect(response.body.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-"))
            #expect(response.body.hasSuffix("-01"))
            #expect(!response.body.contains("b7ad6b7169203331"))
            #expect(response["traceparent"] == response.body)
        }
    }

    @Test(
        "a traceparent that is not valid begins no trace",
        arguments: [
            "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ])
    func traceRefused(header: String) {
        #expect(TraceContext.child(ofTraceparent: header) == nil)
    }

    @Test("a later version of traceparent is read as far as we know it")
    func laterVersion() {
        let context = TraceContext.child(
            ofTraceparent: "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")
        #expect(context?.traceID == "0af7651916cd43dd8448eb211c80319c")
    }

    @Test("HEAD answers like GET without the body, and OPTIONS says what is possible")
    func headAndOptions() async throws {
        try await withServer(routes: Self.routes) { port in
            let client = try TestClient(port: port)
            let head = try await client.request("HEAD", "/trace")
            #expect(head.status == 200)
            #expect(head["content-length"] == "55")
            let options = try await client.request("OPTIONS", "/trace")
            #expect(options.status == 204)
            #expect(options["allow"] == "GET, HEAD, OPTIONS")
        }
    }

    @Test("a failure is logged once, with the request's id and what failed")
    func failureIsLogged() async throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in
            LineLogHandler(level: .info) { line in
                lines.withLock { $0.append(String(decoding: line.text(coloured: false), as: UTF8.self)) }
            }
        }
        try await withServer(logger: logger) { routes in
            routes.get("/fails") { _, _ in throw TestFailure("the disk is full") }
        } _: { port in
            _ = try await TestClient(port: port).request("GET", "/fails", headers: ["X-Request-Id": "r1"])
        }
        let failures = lines.withLock { $0.filter { $0.contains("request failed") } }
        #expect(failures.count == 1)
        #expect(failures.first?.contains("request_id=r1") == true)
        #expect(failures.first?.contains("the disk is full") == true)
        #expect(failures.first?.contains("hb.request.id") == false)
    }

    @Test("a client that asks whether it may send is told so at once")
    func expectContinue() async throws {
        try await withServer { routes in
            routes.post("/echo") { request, _ in .json(try await request.bytes()) }
        } _: { port in
            let client = try TestClient(port: port)
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.response().status == 100)
            try await client.send("[]")
            #expect(try await client.response().body == "[]")
        }
    }
}
