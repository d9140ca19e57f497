import Glibc
import Threads

/// Lines over a connected socket, with a bound on each and a deadline for each call.
///
/// It blocks, and belongs to one thread.
final class LineSocket {
    enum Failure: Error, Sendable, Hashable {
        /// The other side is gone.
        case closed
        case timedOut
        /// A line is longer than allowed.
        case tooLong
        /// The daemon stops.
        case interrupted
    }

    private let descriptor: Int32
    private let interrupt: Interrupt?
    private let maximumLength: Int
    private var received: [UInt8] = []
    private var searched = 0

    /// - Parameter descriptor: Non-blocking; closed with this object.
    init(_ descriptor: Int32, maximumLength: Int, interrupt: Interrupt? = nil) {
        self.descriptor = descriptor
        self.maximumLength = maximumLength
        self.interrupt = interrupt
    }

    deinit {
        close(descriptor)
    }

    /// The next line without its end.
    ///
    /// - Parameters:
    ///   - idle: How long the line's first byte may be waited for.
    ///   - whole: How long, from its first byte, the line may take.
    /// - Returns: `nil` when the other side has ended sending. What it sent without a line end then counts as a line.
    func line(idle: Duration, whole: Duration) throws(Failure) -> [UInt8]? {
        var deadline = ContinuousClock.now + (received.isEmpty ? idle : whole)
        while true {
            if let end = received[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = received[..<end]
                defer { forget(end + 1) }
                return line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : Array(line)
            }
            searched = received.count
            guard received.count <= maximumLength else { throw .tooLong }
            let wasEmpty = received.isEmpty
            guard try receive(until: deadline) else {
                guard !received.isEmpty else { return nil }
                defer { forget(received.count) }
                return received
            }
            if wasEmpty { deadline = .now + whole }
        }
    }

    /// So many bytes of what follows.
    ///
    /// - Throws: `closed` if the other side ends sending before.
    func bytes(_ count: Int, within time: Duration) throws(Failure) -> [UInt8] {
        let deadline = ContinuousClock.now + time
        while received.count < count {
            guard try receive(until: deadline) else { throw .closed }
        }
        defer { forget(count) }
        return Array(received.prefix(count))
    }

    /// Whether something has come that was not asked for yet.
    var hasInput: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return !received.isEmpty || poll(&entry, 1, 0) > 0
    }

    /// Ends sending, and throws away what the other side still sends, until it ends too or the time is over: if its sending
    /// failed, it would not come to read why.
    func leave(within time: Duration) {
        shutdown(descriptor, Int32(SHUT_WR))
        let deadline = ContinuousClock.now + time
        repeat {
            forget(received.count)
        } while ContinuousClock.now < deadline && (try? receive(until: deadline)) == true
    }

    private func forget(_ count: Int) {
        received.removeFirst(count)
        searched = 0
    }

    /// - Returns: `false` at the end of what the other side sends.
    private func receive(until deadline: ContinuousClock.Instant) throws(Failure) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 * 1_024)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                received += buffer[..<count]
                return true
            }
            if count == 0 { return false }
            guard errno == EAGAIN || errno == EINTR else { throw .closed }
            try wait(for: POLLIN, until: deadline)
        }
    }

    /// Sends all of it.
    func send(_ bytes: [UInt8], within time: Duration) throws(Failure) {
        let deadline = ContinuousClock.now + time
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else {
                guard errno == EAGAIN || errno == EINTR else { throw .closed }
                try wait(for: POLLOUT, until: deadline)
            }
        }
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws(Failure) {
        let left = deadline - .now
        guard left > .zero else { throw .timedOut }
        if interrupt?.isFired == true { throw .interrupted }
        var entries = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
        if let interrupt { entries.append(pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0)) }
        poll(&entries, nfds_t(entries.count), left.pollMilliseconds)
    }
}
