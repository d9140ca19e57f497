/// Lets so many in at a time; the others wait in line.
///
/// Swift Testing starts all tests at once. Those that have daemons of their own would take the processor from one another
/// until none answers in time.
public actor Turnstile {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init(places: Int) {
        free = places
    }

    /// Waits for a place.
    public func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    /// Gives the place to who waits longest.
    public func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
