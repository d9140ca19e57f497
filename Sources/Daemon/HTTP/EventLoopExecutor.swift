import NIOCore

/// Runs a connection's task on the connection's own event loop, so that a request is read, answered and sent on one
/// thread.
///
/// On Swift's cooperative pool each step would wake another thread, which costs a small request about as much as the rest
/// of it. So no handler may block: what blocks has a thread of its own.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
