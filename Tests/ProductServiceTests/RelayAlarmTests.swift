import Testing
import Threads

@testable import ProductService

@Suite("The relay's alarm wakes one lane, and forgets no event")
struct RelayAlarmTests {
    private let alarm: RelayAlarm
    private let interrupt: Interrupt
    /// Far longer than anything here takes.
    private let long = Duration.seconds(60)

    init() throws {
        alarm = try RelayAlarm()
        interrupt = try Interrupt()
    }

    /// Whether a lane that goes to sleep now is woken by what has happened.
    private func isAwake() -> Bool {
        let began = ContinuousClock.now
        alarm.wait(atMost: .milliseconds(50), or: interrupt)
        return .now - began < .milliseconds(50)
    }

    @Test("what rings before a lane sleeps wakes it at once, and once it has looked it sleeps")
    func rings() {
        alarm.ring()
        #expect(isAwake())
        alarm.work { _ in }
        #expect(!isAwake())
    }

    @Test("what rings while a lane works has it look again, and wakes no other")
    func ringsMeanwhile() {
        alarm.work { _ in }
        alarm.work { _ in alarm.ring() }
        #expect(isAwake(), "it rang after it had looked")
        alarm.work { _ in }
        #expect(!isAwake(), "nobody was woken beside")
    }

    @Test("a lane that finds more than it can take wakes another one")
    func callsAnother() {
        alarm.work { callAnother in
            callAnother()
            #expect(isAwake())
        }
    }

    @Test("a lane whose work fails does not keep the others asleep")
    func fails() {
        struct Failure: Error {}
        #expect(throws: Failure.self) { try alarm.work { _ in throw Failure() } }
        alarm.ring()
        alarm.work { _ in }
        alarm.ring()
        #expect(isAwake())
    }

    @Test("when it is time to finish, every lane wakes")
    func drains() {
        alarm.drain()
        for _ in 0..<3 { #expect(isAwake()) }
    }
}
