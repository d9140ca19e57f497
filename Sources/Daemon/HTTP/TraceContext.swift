import Synchronization

/// Where a request stands in a distributed trace (W3C Trace Context, level 1, §3.2).
///
/// Taken from a request's `traceparent` if that is valid, else made; either way the span is ours. It is printed with
/// ``traceparent`` into the response, the log, the stored order and the event's headers.
public struct TraceContext: Sendable, Hashable {
    let traceHigh: UInt64
    let traceLow: UInt64
    let span: UInt64
    let flags: UInt8

    /// A new trace, not sampled.
    public static func root() -> TraceContext {
        TraceContext(traceHigh: IDSource.next(), traceLow: IDSource.next(), span: IDSource.next(), flags: 0)
    }

    /// A span of ours in the trace that a header names; `nil` if the header is not valid.
    public static func child(ofTraceparent header: String) -> TraceContext? {
        guard let parent = TraceContext(parsing: header) else { return nil }
        return TraceContext(
            traceHigh: parent.traceHigh, traceLow: parent.traceLow,
            span: IDSource.next(), flags: parent.flags)
    }

    init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, flags: UInt8) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.flags = flags
    }

    /// `version "-" trace-id "-" parent-id "-" flags`, all lower-case hex. A version above 00 may carry more fields
    /// after a dash, which we don't read; version ff and ids of zero are invalid.
    private init?(parsing header: String) {
        let parsed: TraceContext?? = header.utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.count >= 55, bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"),
                bytes[52] == UInt8(ascii: "-"),
                let version = hexadecimal(bytes[0..<2]), version != 0xff,
                version == 0 ? bytes.count == 55 : (bytes.count == 55 || bytes[55] == UInt8(ascii: "-")),
                let high = hexadecimal(bytes[3..<19]), let low = hexadecimal(bytes[19..<35]),
                let span = hexadecimal(bytes[36..<52]), let flags = hexadecimal(bytes[53..<55]),
                high | low != 0, span != 0
            else { return nil }
            return TraceContext(traceHigh: high, traceLow: low, span: span, flags: UInt8(truncatingIfNeeded: flags))
        }
        guard let parsed, let parsed else { return nil }
        self = parsed
    }

    /// The trace id, 32 hex digits.
    public var traceID: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            writeHexadecimal(traceHigh, digits: 16, to: buffer, at: 0)
            writeHexadecimal(traceLow, digits: 16, to: buffer, at: 16)
            return 32
        }
    }

    /// The header for whoever is called or told next, with our span as the parent.
    public var traceparent: String {
        String(unsafeUninitializedCapacity: 55) { buffer in
            writeHexadecimal(0, digits: 2, to: buffer, at: 0)
            buffer[2] = UInt8(ascii: "-")
            writeHexadecimal(traceHigh, digits: 16, to: buffer, at: 3)
            writeHexadecimal(traceLow, digits: 16, to: buffer, at: 19)
            buffer[35] = UInt8(ascii: "-")
            writeHexadecimal(span, digits: 16, to: buffer, at: 36)
            buffer[52] = UInt8(ascii: "-")
            writeHexadecimal(UInt64(flags), digits: 2, to: buffer, at: 53)
            return 55
        }
    }
}

/// Numbers that look random and are never the same twice in a process: SplitMix64 from a random start.
///
/// Ids of traces must be unique, not secret; asking the kernel for each would cost more than the rest of a request's ids.
private enum IDSource {
    private static let state = Atomic<UInt64>(UInt64.random(in: 0...UInt64.max))

    static func next() -> UInt64 {
        var mixed = state.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return mixed == 0 ? next() : mixed
    }
}

/// The number that lower-case hex digits spell; `nil` if one of them isn't such a digit.
private func hexadecimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
        default: return nil
        }
    }
    return number
}

private func writeHexadecimal(
    _ number: UInt64, digits: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int
) {
    for place in 0..<digits {
        let digit = UInt8(truncatingIfNeeded: number >> UInt64((digits - 1 - place) * 4)) & 0xf
        buffer[start + place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
