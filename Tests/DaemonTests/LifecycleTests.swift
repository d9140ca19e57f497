import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Daemon

@Suite("A daemon starts and stops in order")
struct LifecycleTests {
    /// Notes what happens to services, in the order in which it happens.
    private final class Diary: Sendable {
        let lines = Mutex<[String]>([])

        func note(_ line: String) {
            lines.withLock { $0.append(line) }
        }
    }

    private struct Part: Service {
        let name: String
        let diary: Diary

        func run() async throws {
            diary.note("\(name) runs")
            try? await gracefulShutdown()
            diary.note("\(name) stopped")
        }
    }

    private struct Failing: Service {
        let bound: Gate

        func run() async throws {
            try await bound.wait()
            throw TestFailure("the worker broke")
        }
    }

    private func server(_ configuration: HTTPConfiguration, onBound: @escaping @Sendable (Int) async -> Void)
        -> HTTPServer
    {
        HTTPServer(
            routes: Routes(metrics: PrometheusMetrics()), configuration: configuration, logger: quietLogger,
            onBound: onBound)
    }

    @Test("a service that fails stops the others in order, and its error comes out")
    func failure() async throws {
        let (diary, bound) = (Diary(), Gate())
        let chassis = Chassis(logger: quietLogger)
        let http = server(HTTPConfiguration(threads: 1)) { _ in bound.open() }
        let error = await #expect(throws: TestFailure.self) {
            try await Lifecycle(chassis: chassis, grace: .seconds(10))
                .run(
                    [Part(name: "pool", diary: diary), Part(name: "relay", diary: diary), Failing(bound: bound)],
                    http: http)
        }
        #expect(error?.description == "the worker broke")
        #expect(diary.lines.withLock { $0.suffix(2) } == ["relay stopped", "pool stopped"])
        #expect(chassis.health.summary == "not ready: stopping")
    }

    @Test("a port in use is one line that says what to do")
    func portInUse() async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let first = server(HTTPConfiguration(threads: 1)) { continuation.yield($0) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await first.run() }
            for await port in ports {
                let failure = await #expect(throws: DaemonFailure.self) {
                    try await Lifecycle(chassis: Chassis(logger: quietLogger), grace: .seconds(10))
                        .run([], http: server(HTTPConfiguration(port: port, threads: 1)) { _ in })
                }
                #expect(
                    failure?.description == "port \(port) is in use: stop what listens there "
                        + "(ss -ltnp 'sport = :\(port)') or set HTTP_PORT")
                #expect(failure?.exitStatus == .failure)
                break
            }
            group.cancelAll()
        }
    }

    @Test("a gate lets through who waited and who comes later, and a cancelled waiter goes")
    func gate() async throws {
        let gate = Gate()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 {
                group.addTask { (try? await gate.wait()) != nil }
            }
            let cancelled = Task { try await gate.wait() }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            gate.open()
            for await passed in group { #expect(passed) }
        }
        try await gate.wait()
        #expect(gate.isOpen)
    }
}
