import Foundation
import Postgres
import TestSupport
import Testing

@Suite("A file that an operator imports is taken like one that was dropped, each order in it once")
struct OrderImportTests {
    @Test("through the tool: its orders are in the statistics, and it is in done/ with its receipt")
    func plain() async throws {
        try await Spool.open(customerd: true) { spool in
            let file = spool.file("plain.ndjson", orders: 5)
            let path = try spool.writeOutside(file.name, file.bytes)
            let outcome = try await spool.shop.productctl.run("orders", "import", path)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("5 orders are taken") && outcome.output.contains("plain.ndjson"))
            try await spool.awaitPromise([file], from: "import")
        }
    }

    @Test("as JSON: a row of the file and the end; the audit keeps who, what and how it ended")
    func json() async throws {
        try await Spool.open(customerd: true) { spool in
            let file = spool.file("json.ndjson", orders: 5)
            let answer = try await spool.importing(file, "--reason", "the shop was down")
            #expect(answer.status == 0 && answer.code == "ok" && answer.rows.count == 1)
            let row = try #require(answer.rows.first)
            #expect(row["row"] == "file" && row["partner"] == "import" && row["name"] == "json.ndjson")
            #expect(row["state"] == "done" && row["outcome"] == "accepted" && row["accepted"] == "5")
            #expect(row["records"] == "5" && row["refused"] == "0" && row["sizeBytes"] == "\(file.bytes.count)")
            let receipt = try await spool.awaitReceipt(of: file.name, from: "import")
            #expect(row["id"] == receipt.id)
            let audit = try #require(try await spool.shop.productctl.ask("audit").rows.first)
            #expect(audit["command"] == "orders import" && audit["uid"] == "\(geteuid())" && audit["result"] == "ok")
            #expect(audit["reason"] == "the shop was down")
            let detail = try await spool.shop.products.use { connection in
                try connection.query(
                    """
                    SELECT parameters->>'bytes', detail->>'id', detail->>'name', detail->>'sha256', detail->>'accepted'
                    FROM admin_audit WHERE command = 'orders import'
                    """
                ).only().decode(String.self, String.self, String.self, String.self, String.self)
            }
            #expect(detail == ("\(file.bytes.count)", receipt.id, "json.ndjson", receipt.sha256 ?? "", "5"))
            try await spool.awaitPromise([file], from: "import")
        }
    }

    @Test("by hand: the bytes behind the request, over the bare socket and through socat")
    func byHand() async throws {
        try await Spool.open(customerd: true) { spool in
            let bare = spool.file("bare.ndjson", orders: 3)
            let reply = try await spool.byHand().reply(to: Spool.request(bare), upTo: #""t":"end""#)
            let lines = reply.split(separator: "\n")
            #expect(lines.first == #"{"t":"send","bytes":\#(bare.bytes.count)}"#)
            #expect(lines.last?.contains(#""ok":true"#) == true, "\(reply)")
            let typed = spool.file("typed.ndjson", orders: 4)
            let path = try spool.writeOutside(typed.name, typed.bytes)
            let outcome = try await spool.shop.productctl.shell(
                """
                { echo "orders import typed.ndjson --bytes $(stat -c %s \(path))"; cat \(path); } |
                    socat -t 60 - UNIX-CONNECT:$ADMIN_SOCKET
                """)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try outcome.lines().last?["code"] as? String == "ok")
            try await spool.awaitPromise([bare, typed], from: "import")
        }
    }

    @Test("with the dozen lines of Python that docs/admin.md has")
    func python() async throws {
        try await Spool.open(customerd: true) { spool in
            let page = try String(contentsOfFile: Script.root.appending(path: "docs/admin.md").path, encoding: .utf8)
            let client = try #require(page.split(separator: "```python\n").last?.split(separator: "\n```\n").first)
            let file = spool.file("python.ndjson", orders: 3)
            let path = try spool.writeOutside(file.name, file.bytes)
            let use = """
                content = open("\(path)", "rb").read()
                request = json.dumps({"command": "orders import", "file": "python.ndjson", "bytes": len(content)})
                for line in ask("\(spool.shop.productctl.socket)", request, content):
                    print(json.dumps(line))
                """
            let script = try spool.writeOutside("client.py", Array("\(client)\n\(use)\n".utf8))
            let outcome = try await spool.shop.productctl.shell("python3 \(script)")
            #expect(try outcome.lines().last?["code"] as? String == "ok", "\(outcome.errors)")
            try await spool.awaitPromise([file], from: "import")
        }
    }

    @Test("from standard input: a pipe, a redirection, and a file that is no regular one")
    func standardInput() async throws {
        try await Spool.open(customerd: true) { spool in
            let files = ["pipe", "redirection", "fifo"].map { spool.file("\($0).ndjson", orders: 3) }
            let tool = spool.shop.productctl
            let paths = try files.map { try spool.writeOutside($0.name, $0.bytes) }
            for line in [
                "cat \(paths[0]) | $TOOL orders import - --name pipe.ndjson",
                "$TOOL orders import --name redirection.ndjson - <\(paths[1])",
                "mkfifo \(paths[2]).p && { cat \(paths[2]) >\(paths[2]).p & } && "
                    + "$TOOL orders import \(paths[2]).p --name=fifo.ndjson",
            ] {
                let outcome = try await tool.shell(line)
                #expect(outcome.status == 0, "\(line): \(outcome.errors)")
            }
            try await spool.awaitPromise(files, from: "import")
        }
    }

    @Test("each format, plain or compressed, by its name or by its beginning", arguments: [false, true])
    func formats(isNamed: Bool) async throws {
        try await Spool.open(customerd: true) { spool in
            let order = { (name: String) in
                #"{"customerId":"\#(OrderFile.customer)","name":"\#(name)","items":[{"sku":"\#(spool.product)","quantity":1}]}"#
            }
            let csv = "customerId,name,sku,quantity\n\(OrderFile.customer),csv,\(spool.product),1\n"
            let shopify =
                "Name,Email,Billing Name,Lineitem sku,Lineitem quantity,Lineitem price\n"
                + "#1,ada@example.com,shopify,\(spool.product),1,19.99\n"
            let texts = [
                ("a.json", "[\(order("json"))]"), ("b.ndjson", order("ndjson") + "\n"), ("c.csv", csv),
                ("d.csv", shopify), ("e.ndjson.gz", order("gz") + "\n"), ("f.ndjson.zst", order("zst") + "\n"),
            ]
            for (name, text) in texts {
                let path = try spool.writeOutside(name, Array(text.utf8))
                let packing = name.hasSuffix(".gz") ? "gzip -c" : name.hasSuffix(".zst") ? "zstd -c" : "cat"
                let outcome = try await spool.shop.productctl.shell(
                    "\(packing) \(path) | $TOOL orders import - --name \(isNamed ? name : "nameless")")
                #expect(outcome.status == 0, "\(name): \(outcome.errors)")
            }
            try await spool.ordersAreOnce(["json", "ndjson", "csv", "shopify", "gz", "zst"])
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("for a partner: an order that came before in a dropped file is a duplicate")
    func partner() async throws {
        try await Spool.open(customerd: true) { spool in
            let dropped = spool.file("same.ndjson", orders: 4)
            try await spool.take(dropped)
            // Another file, in which every other order has the externalId of one that was dropped.
            let bytes = dropped.bytes + Array("\n".utf8)
            let answer = try await spool.importing("again.ndjson", bytes, "--partner", "acme")
            #expect(answer.status == 0 && answer.rows.first?["duplicates"] == "2", "\(answer.message)")
            #expect(answer.message.contains("2 orders are taken, 2 had been taken before"))
            let unknown = try await spool.importing("again.ndjson", bytes, "--partner", "acne")
            #expect(unknown.code == "not-found" && unknown.message.contains("acme"))
            #expect(try await spool.shop.products.number("SELECT count(*) FROM orders") == 6)
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("several at a time, while files are dropped")
    func concurrent() async throws {
        try await Spool.open(customerd: true) { spool in
            let files = (1...6).map { spool.file("import-\($0).ndjson", orders: 300) }
            let dropped = (1...20).map { spool.file("drop-\($0).ndjson", orders: 20) }
            try await withThrowingTaskGroup { group in
                for file in files {
                    group.addTask {
                        let answer = try await spool.importing(file)
                        #expect(answer.status == 0, "\(answer.message)")
                    }
                }
                for file in dropped { try spool.drop(file) }
                try await group.waitForAll()
            }
            for file in files { try await spool.awaitEnd(of: file, from: "import") }
            for file in dropped { try await spool.awaitEnd(of: file) }
            try await spool.ordersAreOnce((files + dropped).flatMap(\.orderNames))
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("without waiting: answered when it is claimed, and it goes on by itself")
    func noWait() async throws {
        try await Spool.open(settings: ["SPOOL_CHUNK_SIZE": "5"], customerd: true) { spool in
            let file = spool.file("left.ndjson", orders: 2_000)
            let answer = try await spool.importing(file, "--no-wait")
            #expect(answer.status == 0 && answer.message.contains("spool show"), "\(answer.message)")
            let id = try #require(answer.rows.first?["id"])
            #expect(try await spool.shop.productctl.ask("spool", "show", id).status == 0)
            try await spool.awaitPromise([file], from: "import")
            #expect(try spool.receipts(of: file.name, from: "import").map(\.id) == [id])
        }
    }
}
