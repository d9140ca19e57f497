import CLibzstd
import CZlib
import Files
import Foundation
import Testing

@testable import ProductService

@Suite("Compressed files give their text, or say that they are cut off or damaged")
struct CompressionTests {
    private static let text = Array(String(repeating: "{\"customerId\":\"somebody\"}\n", count: 200).utf8)

    private static let samples: [(name: String, compressed: [UInt8])] = [
        ("a.gz", gzip(text)), ("a.zst", zstd(text)),
    ]

    @Test("one member, several members, and any cut into pieces give the text", arguments: [1, 2, 7, 1_000_000])
    func text(piece: Int) throws {
        for (name, compressed) in Self.samples {
            #expect(try decompress(compressed, named: name, inPiecesOf: piece) == Self.text)
            #expect(try decompress(compressed + compressed, named: name, inPiecesOf: piece) == Self.text + Self.text)
        }
    }

    @Test(
        "a text that fills the last piece of text to its last byte is as whole as any",
        arguments: [1, 2, 3, 16].flatMap { [($0 << 17) - 1, $0 << 17, ($0 << 17) + 1] })
    func fullPieces(count: Int) throws {
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
        for (name, compressed) in [("a.gz", Self.gzip(text)), ("a.zst", Self.zstd(text))] {
            for piece in [5, 1_000, 1 << 20] {
                #expect(try decompress(compressed, named: name, inPiecesOf: piece) == text)
            }
        }
    }

    @Test("cut off at any byte they are cut off, never whole")
    func truncated() throws {
        for (name, compressed) in Self.samples {
            for length in 0..<compressed.count {
                #expect(throws: CompressionError.truncated, "\(name) cut off at \(length)") {
                    try decompress(Array(compressed[..<length]), named: name, inPiecesOf: 1_000)
                }
            }
        }
    }

    @Test("with any byte changed they are damaged, cut off, or give the same text")
    func damaged() throws {
        for (name, compressed) in Self.samples {
            for index in compressed.indices {
                var bytes = compressed
                bytes[index] ^= 0x55
                // Some bytes of gzip's header mean nothing.
                if let text = try? decompress(bytes, named: name, inPiecesOf: 1_000) { #expect(text == Self.text) }
            }
        }
    }

    @Test("something behind the end is damage")
    func garbage() throws {
        for (name, compressed) in Self.samples {
            #expect(throws: CompressionError.self) {
                try decompress(compressed + Array("garbage!".utf8), named: name, inPiecesOf: 1_000)
            }
        }
    }

    @Test("a text that is not compressed passes as it is; the first bytes count for more than the name")
    func none() throws {
        #expect(try decompress(Self.text, named: "a.json", inPiecesOf: 10) == Self.text)
        #expect(try decompress(Self.gzip(Self.text), named: "a.json", inPiecesOf: 10_000) == Self.text)
    }

    @Test("a bomb can be stopped while it unfolds")
    func bomb() throws {
        struct Enough: Error {}
        let bomb = Self.gzip([UInt8](repeating: 0x20, count: 64 << 20))
        var seen = 0
        #expect(throws: Enough.self) {
            let decompressor = try Decompressor(.gzip)
            try bomb.withUnsafeBytes { bytes in
                try decompressor.push(bytes) { text in
                    seen += text.count
                    if seen > 1 << 20 { throw Enough() }
                }
            }
        }
        #expect(seen < 2 << 20)
    }

    private func decompress(_ bytes: [UInt8], named name: String, inPiecesOf size: Int) throws -> [UInt8] {
        let decompressor = try Decompressor(Compression(name: Array(name.utf8), beginning: Array(bytes.prefix(8))))
        var text: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try Array(rest.prefix(size)).withUnsafeBytes { piece in
                try decompressor.push(piece) { text += $0 }
            }
            rest = rest.dropFirst(size)
        }
        try decompressor.finish()
        return text
    }

    private static func gzip(_ text: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var text = text
        var compressed = [UInt8](repeating: 0, count: text.count + 1_000)
        let count = text.withUnsafeMutableBufferPointer { input in
            compressed.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                deflate(&stream, Z_FINISH)
                return output.count - Int(stream.avail_out)
            }
        }
        return Array(compressed[..<count])
    }

    private static func zstd(_ text: [UInt8]) -> [UInt8] {
        var compressed = [UInt8](repeating: 0, count: ZSTD_compressBound(text.count))
        guard let context = ZSTD_createCCtx() else { return [] }
        defer { ZSTD_freeCCtx(context) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        let count = ZSTD_compress2(context, &compressed, compressed.count, text, text.count)
        return Array(compressed[..<count])
    }
}
