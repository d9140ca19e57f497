import Commerce

/// What became of one submitted order.
enum OrderOutcome: Sendable {
    /// It is on disk.
    case accepted(AcceptedOrder)
    /// It is not, and asking again in the same way will not help.
    case refused(OrderRefusal)
}

/// An order that is on disk, as it was answered the first time.
struct AcceptedOrder: Sendable {
    let id: OrderID
    /// The JSON of the answer: for a repeated request, byte for byte the first one.
    let answer: [UInt8]
    /// Whether an earlier request with the same key made this order.
    let isReplay: Bool
}

/// Why an order was not accepted.
enum OrderRefusal: Sendable, Hashable {
    /// Each item that stands in the way.
    case items([ItemRefusal])
    /// The catalogue's sum is another one than the customer was shown.
    case totalChanged(expected: Money, actual: Money)
    /// The sum is larger than any order may be.
    case totalTooLarge
    /// The idempotency key belongs to a request with another body.
    case keyReused
    /// Nothing is wrong with it, but with another order of its file, which takes all or none.
    case withheld
}

/// Why one item of an order stands in its way.
struct ItemRefusal: Sendable, Hashable {
    enum Reason: Sendable, Hashable {
        case unknownProduct
        case archivedProduct
        case insufficientStock(available: Int)
        case priceChanged(to: Money)
    }

    /// The item's place in the order, from 0.
    let index: Int
    let productID: ProductID
    let reason: Reason
}

/// An order that could not be decided: nothing was accepted, or nobody can say yet.
///
/// The client should ask again, with the same idempotency key.
enum OrderUndecided: Error, Sendable {
    /// More orders wait than the queue may hold.
    case overloaded
    /// The events of accepted orders wait in such number that no more are taken until the broker has some of them.
    case outboxFull
    /// An operator has paused this way of taking orders.
    case paused
    /// The database can't be reached, or didn't answer in time.
    case unavailable
    /// The database refuses this very order, for a reason that nobody foresaw and that is in the log.
    case faulty
    /// The daemon is stopping.
    case stopping
    /// The file that the orders belong to is not where they begin: they were written before.
    case outOfStep
}
