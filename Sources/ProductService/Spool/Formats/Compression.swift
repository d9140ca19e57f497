import CLibzstd
import CZlib

/// How a file is compressed: by its first bytes, which say so for certain, or else by its name.
enum Compression: Sendable, Hashable {
    case none, gzip, zstd

    /// The endings of names that say it.
    static let endings = ["gz", "zst"]

    init(name: [UInt8], beginning: [UInt8]) {
        if beginning.starts(with: [0x1F, 0x8B]) || name.ends(with: ".gz") {
            self = .gzip
        } else if beginning.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) || name.ends(with: ".zst") {
            self = .zstd
        } else {
            self = .none
        }
    }
}

/// Compressed data that can't be read.
enum CompressionError: Error, Sendable, Hashable {
    /// They end too early.
    case truncated
    case damaged
}

/// Takes compressed bytes piece by piece, and gives the text in pieces of bounded size.
struct Decompressor {
    private enum Stream {
        case none
        case gzip(GzipStream)
        case zstd(ZstdStream)
    }

    private let stream: Stream

    /// - Throws: ``CompressionError/damaged`` when the library has no memory for it.
    init(_ compression: Compression) throws(CompressionError) {
        stream =
            switch compression {
            case .none: .none
            case .gzip: .gzip(try GzipStream())
            case .zstd: .zstd(try ZstdStream())
            }
    }

    /// - Parameter emit: Called with text; what it throws ends the decompression.
    func push(
        _ bytes: UnsafeRawBufferPointer, _ emit: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        switch stream {
        case .none: try emit(bytes)
        case .gzip(let stream): try stream.push(bytes, emit)
        case .zstd(let stream): try stream.push(bytes, emit)
        }
    }

    /// The data are over.
    func finish() throws(CompressionError) {
        let isComplete =
            switch stream {
            case .none: true
            case .gzip(let stream): stream.isComplete
            case .zstd(let stream): stream.isComplete
            }
        guard isComplete else { throw .truncated }
    }
}

/// gzip (RFC 1952), one member or several.
private final class GzipStream {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    /// Whether the last byte was a member's last.
    private(set) var isComplete = false

    init() throws(CompressionError) {
        stream.initialize(to: z_stream())
        // 15: the largest window; 16: gzip, and nothing else.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .damaged
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func push(_ bytes: UnsafeRawBufferPointer, _ emit: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withUnsafeTemporaryAllocation(byteCount: 128 * 1_024, alignment: 16) { text in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(bytes.count)
            repeat {
                if isComplete, stream.pointee.avail_in > 0 {
                    inflateReset(stream)
                    isComplete = false
                }
                stream.pointee.next_out = text.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(text.count)
                let status = inflate(stream, Z_NO_FLUSH)
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    throw CompressionError.damaged
                }
                isComplete = status == Z_STREAM_END || isComplete && status == Z_BUF_ERROR
                let count = text.count - Int(stream.pointee.avail_out)
                if count > 0 { try emit(UnsafeRawBufferPointer(rebasing: text[..<count])) }
            } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
        }
    }
}

/// Zstandard (RFC 8878), one frame or several.
private final class ZstdStream {
    private let stream: OpaquePointer
    /// Whether the last byte was a frame's last.
    private(set) var isComplete = false

    init() throws(CompressionError) {
        guard let stream = ZSTD_createDStream() else { throw .damaged }
        self.stream = stream
        // 32 MiB: all that `zstd -19` uses and more, and a bound on what a stranger makes us allocate.
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 25)
    }

    deinit {
        ZSTD_freeDStream(stream)
    }

    func push(_ bytes: UnsafeRawBufferPointer, _ emit: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withUnsafeTemporaryAllocation(byteCount: 128 * 1_024, alignment: 16) { text in
            var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            while true {
                var output = ZSTD_outBuffer(dst: text.baseAddress, size: text.count, pos: 0)
                let status = ZSTD_decompressStream(stream, &output, &input)
                guard ZSTD_isError(status) == 0 else { throw CompressionError.damaged }
                isComplete = status == 0
                if output.pos > 0 { try emit(UnsafeRawBufferPointer(rebasing: text[..<output.pos])) }
                // Behind a frame's end the library would be asked for the next one, and say that it waits for more.
                if input.pos == input.size, isComplete || output.pos < output.size { return }
            }
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with ending: String) -> Bool {
        String(decoding: suffix(ending.utf8.count), as: UTF8.self).lowercased() == ending
    }
}
