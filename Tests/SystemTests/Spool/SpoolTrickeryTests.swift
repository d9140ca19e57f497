import Crypto
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite("A partner who changes a file while it is taken gains nothing by it")
struct SpoolTrickeryTests {
    @Test("a name that is a file at one moment and a link to another's file at the next never leads there")
    func swaps() async throws {
        try await Spool.open(settings: ["SPOOL_LANES": "4", "SPOOL_SCAN_INTERVAL": "100ms"]) { spool in
            let drop = spool.drop(of: "acme")
            let foreign = spool.file("foreign", orders: 1)
            try Disk.write(foreign.bytes, to: "\(spool.path)/foreign.ndjson", mode: 0o600)
            for number in 0..<2_000 {
                let name = "\(drop)/\(number % 8).ndjson"
                try Disk.write(spool.file("own-\(number)").bytes, to: "\(drop)/.file")
                try Disk.rename("\(drop)/.file", to: name)
                try Disk.call("symlink") { symlink("\(spool.path)/foreign.ndjson", "\(drop)/.link") }
                try Disk.rename("\(drop)/.link", to: name)
            }
            try await eventually("all are ended") { try spool.unfinished().isEmpty }
            let names = try await spool.orderNames()
            #expect(names.allSatisfy { $0.hasPrefix("own-") })
            #expect(Set(names).count == names.count)
            var taken = 0
            for name in try Disk.names(in: "\(spool.path)/receipts/acme") {
                let receipt = try SpoolReceipt(at: "\(spool.path)/receipts/acme/\(name)")
                taken += receipt.orders.accepted
                #expect(receipt.outcome == "accepted" || receipt.code == "symlink", "\(receipt)")
            }
            #expect(taken == names.count)
            #expect(try Disk.read("\(spool.path)/foreign.ndjson") == foreign.bytes)
        }
    }

    @Test("a writer that goes on writing to a file after it was claimed changes no order of it")
    func mutations() async throws {
        try await Spool.open(settings: ["SPOOL_CHUNK_SIZE": "50"]) { spool in
            for round in 1...4 {
                let name = "\(round).ndjson"
                // As long as one another, so that each line of one can stand in the other.
                let first = OrderFile(name: name, tag: "first-\(round)", product: spool.product, orders: 1_000)
                let other = OrderFile(name: name, tag: "other-\(round)", product: spool.product, orders: 1_000)
                let path = "\(spool.drop(of: "acme"))/.\(name)"
                try Disk.write(first.bytes, to: path)
                let writer = try Disk.call("open") { open(path, O_WRONLY | O_CLOEXEC) }
                defer { close(writer) }
                let bytes = other.bytes
                try Disk.rename(path, to: "\(spool.drop(of: "acme"))/\(name)")
                try await eventually("it is claimed") { try Disk.names(in: spool.drop(of: "acme")).isEmpty }
                while try spool.receipts(of: name).isEmpty {
                    guard pwrite(writer, bytes, bytes.count, 0) == bytes.count else { throw TestFailure("pwrite") }
                    await Task.yield()
                }
                let receipt = try await spool.awaitReceipt(of: name)
                let names = try await spool.orderNames().filter { $0.contains("-\(round)/") }
                #expect(
                    Set(names.map { $0.split(separator: "/").last }).count == names.count, "an order is there twice")
                #expect(names.count == receipt.orders.accepted)
                guard receipt.code == nil else {
                    #expect(receipt.code == "changed-while-read")
                    continue
                }
                #expect(receipt.orders.accepted == 1_000)
                let wholes = [first, other].filter { SHA256.hash(data: $0.bytes).hex == receipt.sha256 }
                if let whole = wholes.first { #expect(Set(names) == Set(whole.orderNames)) }
            }
        }
    }
}

extension Digest {
    /// As `sha256sum` prints it.
    var hex: String { map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
}
