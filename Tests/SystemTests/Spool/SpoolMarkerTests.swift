import Crypto
import Foundation
import TestSupport
import Testing

@Suite("With settle=marker, a second file says that the first is whole, and is believed only as far as it is right")
struct SpoolMarkerTests {
    @Test("a file waits for its .ok, whichever of the two comes first")
    func ok() async throws {
        try await Spool.open { spool in
            let waiting = spool.file("waiting.ndjson", orders: 2)
            let second = spool.file("second.ndjson", orders: 2)
            try spool.drop(waiting, as: "mark")
            try spool.drop("second.ndjson.ok", [], as: "mark")
            try spool.drop(second, as: "mark")
            try await spool.awaitReceipt(of: second.name, from: "mark")
            #expect(try Disk.names(in: spool.drop(of: "mark")) == [waiting.name])
            try spool.drop("waiting.ndjson.ok", Array("2\n".utf8), as: "mark")
            #expect(try await spool.awaitReceipt(of: waiting.name, from: "mark").orders.accepted == 2)
            try await eventually("nothing is left") { try spool.unfinished().isEmpty }
            try await spool.ordersAreOnce(waiting.orderNames + second.orderNames)
        }
    }

    @Test("of two markers none is left behind, to vouch for the next file of the name")
    func both() async throws {
        try await Spool.open { spool in
            let file = spool.file("both.ndjson", orders: 2)
            let sum = SHA256.hash(data: file.bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            try spool.drop("both.ndjson.ok", Array("2\n".utf8), as: "mark")
            try spool.drop("both.ndjson.sha256", Array(sum.joined().utf8), as: "mark")
            try spool.drop(file, as: "mark")
            #expect(try await spool.awaitReceipt(of: file.name, from: "mark").orders.accepted == 2)
            #expect(try Disk.names(in: spool.drop(of: "mark")).isEmpty)
        }
    }

    @Test("a checksum that is right lets the file in; one that is wrong or illegible, and a wrong count, do not")
    func claims() async throws {
        try await Spool.open { spool in
            let good = spool.file("good.ndjson")
            let sum = SHA256.hash(data: good.bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            let cases: [(file: OrderFile, marker: String, text: String, code: String?)] = [
                (good, "good.ndjson.sha256", "\(sum.joined())  good.ndjson\n", nil),
                (spool.file("bad.ndjson"), "bad.ndjson.sha256", "\(sum.joined())  bad.ndjson\n", "checksum-mismatch"),
                (spool.file("none.ndjson"), "none.ndjson.sha256", "no sum\n", "checksum-mismatch"),
                (spool.file("few.ndjson", orders: 2), "few.ndjson.ok", "3\n", "count-mismatch"),
            ]
            for (file, marker, text, _) in cases {
                try spool.drop(file, as: "mark")
                try spool.drop(marker, Array(text.utf8), as: "mark")
            }
            for (file, _, _, code) in cases {
                let receipt = try await spool.awaitReceipt(of: file.name, from: "mark")
                #expect(receipt.code == code, "\(receipt)")
            }
            try await eventually("nothing is left") { try spool.unfinished().isEmpty }
            try await spool.ordersAreOnce(good.orderNames)
        }
    }
}
