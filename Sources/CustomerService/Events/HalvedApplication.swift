/// Applies a batch as a whole; if it fails because of one of its messages, halves it until the culprit stands alone.
///
/// So a bad message costs its neighbours a few transactions, never their effect. A failure that is the database's ends
/// the attempt: what is committed by then is found applied when the batch is tried again.
struct HalvedApplication<Event> {
    /// Applies some of the events in one transaction, all or none.
    let apply: (ArraySlice<Event>) throws -> Void
    /// Whose fault an error is.
    let blame: (any Error) -> FailureBlame

    /// - Returns: A verdict an event, in their order.
    /// - Throws: The first error that is the database's.
    func verdicts(for events: ArraySlice<Event>) throws -> [Verdict] {
        guard !events.isEmpty else { return [] }
        do {
            try apply(events)
            return events.map { _ in .applied }
        } catch {
            switch (blame(error), events.count) {
            case (.database, _): throw error
            case (.message(let reason), 1): return [.park(reason)]
            case (.perhapsMessage(let reason), 1): return [.retry(reason)]
            case (.message, _), (.perhapsMessage, _):
                let middle = events.startIndex + events.count / 2
                return try verdicts(for: events[..<middle]) + verdicts(for: events[middle...])
            }
        }
    }
}
