import Glibc

/// A serial executor that is one operating-system thread.
///
/// An actor that drives a blocking C library (libpq, librabbitmq) names a `ThreadExecutor` as its `unownedExecutor`.
/// Its code may then block for as long as it likes: it holds up this one thread and never a thread of Swift's
/// cooperative pool, whose number is fixed. Jobs run one at a time, in the order in which they came.
///
/// The thread starts with the executor and ends once the executor is released and its last job has run.
/// The executor does not cancel anything: a blocked job is woken by the ``Interrupt`` that it polls.
public final class ThreadExecutor: SerialExecutor {
    private let jobs: JobQueue

    /// Starts the thread.
    ///
    /// - Parameter name: What `top -H` and a core dump call the thread; the kernel keeps the first 15 bytes.
    /// - Throws: ``ThreadStartError`` when the kernel gives no thread (`pthread_create(3)`, EAGAIN).
    public init(name: String) throws {
        let jobs = JobQueue()
        self.jobs = jobs
        try detachThread(name: name) { jobs.runUntilClosed() }
    }

    deinit {
        jobs.close()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job), for: asUnownedSerialExecutor())
    }
}

/// The jobs waiting for one thread, and the condition on which it sleeps.
///
/// `@unchecked Sendable`: `waiting` and `closed` are touched only between `pthread_mutex_lock` and
/// `pthread_mutex_unlock` of the one mutex, which lives, as does the condition, at a fixed heap address.
private final class JobQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
    private var closed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrived, nil)
    }

    deinit {
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(mutex)
        arrived.deallocate()
        mutex.deallocate()
    }

    func append(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
        pthread_mutex_lock(mutex)
        waiting.append((job, executor))
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(mutex)
    }

    func close() {
        pthread_mutex_lock(mutex)
        closed = true
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(mutex)
    }

    func runUntilClosed() {
        while let batch = takeAll() {
            for (job, executor) in batch {
                job.runSynchronously(on: executor)
            }
        }
    }

    /// Waits for jobs and takes all that wait; `nil` once the queue is closed and empty.
    private func takeAll() -> [(job: UnownedJob, executor: UnownedSerialExecutor)]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while waiting.isEmpty {
            if closed { return nil }
            pthread_cond_wait(arrived, mutex)
        }
        defer { waiting.removeAll(keepingCapacity: true) }
        return waiting
    }
}
