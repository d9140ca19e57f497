public import FoundationEssentials
import Glibc
import Synchronization

/// Makes time-ordered UUIDs (RFC 9562 §5.7) that rise within this process, also inside one millisecond.
///
/// The first 48 bits are Unix milliseconds. The 12 bits of `rand_a` count within a millisecond from a random start below
/// half their range (§6.2, method 1); when they run over, or when the clock steps back, the time part stays ahead of the
/// clock and goes on rising. The last 62 bits are random each time.
public final class UUIDv7: Sendable {
    private struct Last {
        var milliseconds: UInt64 = 0
        var counter: UInt16 = 0
        var random = RandomWords()
    }

    private let last = Mutex(Last())

    public init() {}

    /// The one generator of a process whose ids must rise.
    public static let shared = UUIDv7()

    /// The next id.
    ///
    /// - Parameter now: The time to stamp it with, unless an earlier id is already ahead of it.
    public func next(at now: Date = Date()) -> UUID {
        let clock = UInt64(max(0, now.millisecondsSince1970))
        let (milliseconds, counter, random) = last.withLock { last in
            let random = last.random.next()
            if clock <= last.milliseconds, last.counter < 0xFFF {
                last.counter += 1
            } else {
                last.milliseconds = max(clock, last.milliseconds + 1)
                last.counter = UInt16(truncatingIfNeeded: last.random.next() & 0x7FF)
            }
            return (last.milliseconds, last.counter, random)
        }
        let high = milliseconds << 16 | 0x7000 | UInt64(counter)
        return UUID(high: high, low: random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    /// The smallest id that an order made at this time, or later, can have: where a range of time begins in an index
    /// on UUIDv7 keys.
    public static func lowerBound(of time: Date) -> UUID {
        UUID(high: UInt64(max(0, time.millisecondsSince1970)) << 16, low: 0)
    }
}

/// The kernel's random numbers, 32 at a time: a system call for each id was a tenth of an order writer's time.
private struct RandomWords {
    private var words: [UInt64] = []
    private var generator = SystemRandomNumberGenerator()

    mutating func next() -> UInt64 {
        if words.isEmpty { fill() }
        return words.removeLast()
    }

    /// 256 bytes are as many as getentropy(3) gives at once, and it never gives fewer.
    private mutating func fill() {
        words = [UInt64](repeating: 0, count: 32)
        let status = words.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
        // Only a kernel without the call fails; Swift's own generator knows other ways.
        if status != 0 { for index in words.indices { words[index] = generator.next() } }
    }
}

extension UUID {
    init(high: UInt64, low: UInt64) {
        var value = (high.bigEndian, low.bigEndian)
        self = withUnsafeBytes(of: &value) { $0.loadUnaligned(as: UUID.self) }
    }

    /// The first 64 bits, by which UUIDs sort.
    var high: UInt64 {
        withUnsafeBytes(of: uuid) { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
    }

    /// The time in the first 48 bits of a UUIDv7; `nil` for every other version.
    public var timestamp: Date? {
        withUnsafeBytes(of: uuid) { raw in
            guard raw[6] >> 4 == 7 else { return nil }
            let milliseconds = raw[0..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        }
    }
}

extension Date {
    /// Now, cut to the millisecond that a UUIDv7 and an answer can carry, so that what is stored is what was told.
    public static var wholeMilliseconds: Date {
        Date(timeIntervalSince1970: Double(Date().millisecondsSince1970) / 1_000)
    }
}
