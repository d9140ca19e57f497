import Glibc
import Synchronization

/// The time of the `Date` field (RFC 9110 §6.6.1), put into words once a second.
final class HTTPDate: Sendable {
    private let words = Mutex((second: 0, text: ""))

    var now: String {
        let second = time(nil)
        return words.withLock { words in
            if words.second != second { words = (second, Self.text(of: second)) }
            return words.text
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`: English, since no program of ours ever leaves the locale "C".
    static func text(of second: time_t) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            strftime(buffer.baseAddress, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(cString: buffer.baseAddress.unsafelyUnwrapped)
        }
    }
}
