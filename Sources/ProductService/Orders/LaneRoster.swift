/// What the writer's lanes are at, which decides whether a new order wakes one of them.
///
/// A transaction of two orders costs the database nearly as much as one of twenty. So while one lane writes, what comes
/// waits for it; a second one is woken only when there is a batch's worth for it, or when the first takes its time.
struct LaneRoster {
    /// How many orders wait before a lane is woken beside one that writes.
    let crowd: Int
    /// Lanes that sleep, or are about to.
    var sleeping = 0
    /// Lanes that have taken orders, and have not released them.
    var writing = 0
    /// Orders that wait for a lane.
    private var waiting = 0
    private var waitingSince = ContinuousClock.now
    /// Whether one was woken for those that wait, and has not looked yet.
    private var isCalled = false

    /// How long orders wait for a lane that writes before another one is woken: a disk that takes longer than this for a
    /// COMMIT can as well flush two.
    private static let patience = Duration.milliseconds(5)

    init(crowd: Int) {
        self.crowd = crowd
    }

    /// So many orders came.
    ///
    /// - Returns: Whether a lane is to be woken.
    mutating func arrived(_ orders: Int, at now: ContinuousClock.Instant = .now) -> Bool {
        if waiting == 0 { waitingSince = now }
        waiting += orders
        guard sleeping > 0, !isCalled else { return false }
        isCalled = writing == 0 || waiting >= crowd || now - waitingSince > Self.patience
        return isCalled
    }

    /// A lane has looked, and took so many orders; if none, it goes to sleep.
    mutating func took(_ orders: Int) {
        isCalled = false
        waiting -= orders
        if orders > 0 { writing += 1 } else { sleeping += 1 }
    }

    /// All that waited were given back.
    mutating func lost() {
        waiting = 0
    }
}
