/// What the writer's lanes are at, and what waits for them: decides whether a lane should write.
///
/// A transaction of two orders costs the database nearly as much as one of twenty. So while one lane writes, what comes
/// waits for it; a second one writes beside it only when there is enough for it, or when the first takes its time.
struct LaneRoster {
    /// How many orders wait before a lane writes beside another one.
    private let crowd: Int
    /// How long they wait for it.
    private let patience: Duration
    /// Lanes that sleep, or are about to.
    private(set) var sleeping = 0
    /// Lanes that have taken orders, and have not released them.
    private(set) var writing = 0
    /// Orders that wait for a lane.
    private var waiting = 0
    private var waitingSince = ContinuousClock.now
    /// Whether one was woken for those that wait, and has not looked yet.
    private var isCalled = false

    init(crowd: Int, patience: Duration) {
        self.crowd = crowd
        self.patience = patience
    }

    /// Whether a lane that has nothing to do should take what waits.
    func isWorthTaking(at now: ContinuousClock.Instant = .now) -> Bool {
        waiting > 0 && (writing == 0 || waiting >= crowd || now - waitingSince > patience)
    }

    /// So many orders came.
    ///
    /// - Returns: Whether a sleeping lane is to be woken.
    mutating func arrived(_ orders: Int, at now: ContinuousClock.Instant = .now) -> Bool {
        if waiting == 0 { waitingSince = now }
        waiting += orders
        guard sleeping > 0, !isCalled, isWorthTaking(at: now) else { return false }
        isCalled = true
        return true
    }

    /// A lane took so many orders.
    mutating func took(_ orders: Int) {
        isCalled = false
        waiting -= orders
        writing += 1
    }

    /// A lane is done with what it took.
    mutating func released() {
        writing -= 1
    }

    /// A lane has looked, and found nothing worth taking.
    mutating func sleeps() {
        isCalled = false
        sleeping += 1
    }

    mutating func wakes() {
        sleeping -= 1
    }

    /// All that waited were given back.
    mutating func lost() {
        waiting = 0
    }
}
