import Glibc
import Threads

/// Runs blocking code on a thread of its own, so that it doesn't hold up the other tests.
func blocking<R: Sendable>(_ body: @Sendable () throws -> R) async throws -> R {
    try await OneThread().run(body)
}

private actor OneThread {
    private let executor: ThreadExecutor

    init() throws {
        executor = try ThreadExecutor(name: "test")
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func run<R: Sendable>(_ body: @Sendable () throws -> R) throws -> R {
        try body()
    }
}

/// Something that blocks and belongs to one thread, held between the steps of a test.
actor Held<Value> {
    private let executor: ThreadExecutor
    private let value: Value

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ make: @Sendable () throws -> Value) async throws {
        executor = try ThreadExecutor(name: "test")
        value = try make()
    }

    func use<R: Sendable>(_ body: @Sendable (Value) throws -> R) rethrows -> R {
        try body(value)
    }
}

/// How much processor time this thread has used.
func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
