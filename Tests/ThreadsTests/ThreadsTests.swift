import Testing
import Threads

@Suite("Blocking code has a thread of its own")
struct ThreadsTests {
    private actor Owner {
        private let executor: ThreadExecutor
        private(set) var steps: [Int] = []

        init() throws {
            executor = try ThreadExecutor(name: "threads-test")
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func append(_ step: Int) {
            steps.append(step)
        }

        func block(on interrupt: Interrupt) -> Bool {
            interrupt.wait(atMost: .seconds(60))
        }
    }

    @Test("an actor on the executor keeps its isolation")
    func isolation() async throws {
        let owner = try Owner()
        await withTaskGroup { group in
            for step in 0..<100 {
                group.addTask { await owner.append(step) }
            }
        }
        #expect(await owner.steps.sorted() == Array(0..<100))
    }

    @Test("an interrupt wakes a blocked thread at once")
    func interrupt() async throws {
        let owner = try Owner()
        let interrupt = try Interrupt()
        async let woken = owner.block(on: interrupt)
        interrupt.fire()
        #expect(await woken)
        #expect(interrupt.isFired)
    }

    @Test("a wait that nobody interrupts ends by itself")
    func waitEnds() throws {
        let interrupt = try Interrupt()
        #expect(!interrupt.wait(atMost: .milliseconds(5)))
    }

    @Test("a backoff doubles to its longest delay, and starts anew after a success")
    func backoff() {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
        let delays = (0..<6).map { _ in backoff.next() }
        let ceilings: [Duration] = [100, 200, 400, 800, 1_000, 1_000].map { .milliseconds($0) }
        for (delay, ceiling) in zip(delays, ceilings) {
            #expect(delay >= ceiling / 2 && delay <= ceiling)
        }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(100))
    }

    @Test(
        "a wait in poll's milliseconds is rounded up and never negative",
        arguments: [(Duration.zero, 0), (.microseconds(1), 1), (.milliseconds(20), 20), (.seconds(-1), 0)]
            as [(Duration, Int32)])
    func pollMilliseconds(duration: Duration, expected: Int32) {
        #expect(duration.pollMilliseconds == expected)
    }
}
