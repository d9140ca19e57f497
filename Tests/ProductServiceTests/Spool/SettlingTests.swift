import Files
import Foundation
import Testing

@testable import ProductService

@Suite("A file settles when it has looked the same for long enough on our own clock")
struct SettlingTests {
    private let start = ContinuousClock.now
    private let arrival = SpoolJobs.Arrival(
        partner: Partner(name: "acme", ways: PartnerWays(settle: .quiesce, policy: .perOrder)), name: "orders.json")

    private func look(size: Int64, changed: Int = 0) -> Settling.Look {
        Settling.Look(
            size: size, modified: FileStatus.Time(seconds: 0, nanoseconds: 0),
            changed: FileStatus.Time(seconds: changed, nanoseconds: 0), inode: 1)
    }

    @Test("a file that stays the same settles after the time, and not before")
    func settles() {
        let settling = Watched(quiesce: .seconds(5), capacity: 10)
        #expect(!settling.note(arrival, look(size: 1), at: start))
        #expect(settling.nextDue == start + .seconds(5))
        #expect(settling.takeDue(at: start + .milliseconds(4_999)).isEmpty)
        #expect(!settling.note(arrival, look(size: 1), at: start + .milliseconds(4_999)))
        #expect(settling.takeDue(at: start + .seconds(5)) == [arrival])
        #expect(settling.note(arrival, look(size: 1), at: start + .seconds(5)))
    }

    @Test("every change, of the size or of nothing but the inode's time, begins the time anew")
    func changes() {
        let settling = Watched(quiesce: .seconds(5), capacity: 10)
        #expect(!settling.note(arrival, look(size: 1), at: start))
        #expect(!settling.note(arrival, look(size: 2), at: start + .seconds(4)))
        #expect(!settling.note(arrival, look(size: 2, changed: 1), at: start + .seconds(8)))
        #expect(!settling.note(arrival, look(size: 2, changed: 1), at: start + .seconds(12)))
        #expect(settling.takeDue(at: start + .seconds(13)) == [arrival, arrival, arrival])
        #expect(settling.note(arrival, look(size: 2, changed: 1), at: start + .seconds(13)))
    }

    @Test("a file that went away is not due any more")
    func forgotten() {
        let settling = Watched(quiesce: .seconds(5), capacity: 10)
        #expect(!settling.note(arrival, look(size: 1), at: start))
        settling.forget(arrival)
        #expect(settling.takeDue(at: start + .seconds(10)).isEmpty)
    }

    @Test("no more files are watched than there is room for, and the others have their turn later")
    func bounded() {
        let settling = Watched(quiesce: .seconds(5), capacity: 1)
        let other = SpoolJobs.Arrival(partner: arrival.partner, name: "other.json")
        #expect(!settling.note(arrival, look(size: 1), at: start))
        #expect(!settling.note(other, look(size: 1), at: start))
        #expect(settling.takeDue(at: start + .seconds(5)) == [arrival])
        #expect(settling.note(arrival, look(size: 1), at: start + .seconds(5)))
        #expect(!settling.note(other, look(size: 1), at: start + .seconds(5)))
        #expect(settling.takeDue(at: start + .seconds(10)) == [other])
    }
}

/// A ``Settling`` that a test's expectations can change.
private final class Watched {
    private var settling: Settling

    init(quiesce: Duration, capacity: Int) {
        settling = Settling(quiesce: quiesce, capacity: capacity)
    }

    var nextDue: ContinuousClock.Instant? { settling.nextDue }

    func note(_ arrival: SpoolJobs.Arrival, _ look: Settling.Look, at now: ContinuousClock.Instant) -> Bool {
        settling.note(arrival, look, at: now)
    }

    func forget(_ arrival: SpoolJobs.Arrival) { settling.forget(arrival) }

    func takeDue(at now: ContinuousClock.Instant) -> [SpoolJobs.Arrival] { settling.takeDue(at: now) }
}
