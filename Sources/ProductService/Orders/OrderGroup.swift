/// What the writer writes in one piece, all of it in one transaction: an order that somebody waits for, a run of a
/// stream's orders, or one of a file's together with how far the file has come.
struct OrderGroup: Sendable {
    let submissions: [OrderSubmission]
    /// `nil` for orders that are in no file.
    let progress: FileProgress?

    /// - Parameter progress: Has a place for each of the submissions.
    init(_ submissions: [OrderSubmission], _ progress: FileProgress? = nil) {
        self.submissions = submissions
        self.progress = progress
    }

    /// How many orders' worth of the queue and of a batch it takes.
    var size: Int { max(1, submissions.count) }

    /// The key by which the queue recognises a second request for an order that came by itself. Two streams or files with
    /// one order in common need no such care: the second one to be written finds the first one's key.
    var soleKey: IdempotencyKey? {
        progress == nil && submissions.count == 1 ? submissions.first?.idempotency?.key : nil
    }
}
