import Testing
import Threads

@testable import ProductService

@Suite("The relay's alarm wakes one lane, and forgets no event")
struct RelayAlarmTests {
    private let alarm: RelayAlarm
    private let interrupt: Interrupt

    init() throws {
        alarm = try RelayAlarm()
        interrupt = try Interrupt()
    }

    /// Whether a lane that is about to sleep is woken by what has happened.
    private func isWoken() -> Bool {
        alarm.wait(atMost: .zero, or: interrupt)
    }

    @Test("what rings before a lane sleeps wakes it, and once it has looked it sleeps")
    func rings() {
        alarm.ring()
        #expect(isWoken())
        alarm.work {}
        #expect(!isWoken())
    }

    @Test("what rings while a lane works wakes no other, and has that one look again")
    func ringsMeanwhile() {
        alarm.work {
            alarm.ring()
            #expect(!isWoken(), "another lane")
        }
        #expect(isWoken())
        alarm.work {}
        #expect(!isWoken())
    }

    @Test("a lane that has claimed as much as it can wakes another one")
    func callsAnother() {
        alarm.work {
            #expect(alarm.isOnlyOneWorking)
            alarm.callAnother()
            #expect(isWoken())
            alarm.work { #expect(!alarm.isOnlyOneWorking) }
        }
    }

    @Test("what rings while a lane works whose work then fails wakes another one")
    func fails() {
        struct Failure: Error {}
        alarm.work {
            #expect(throws: Failure.self) {
                try alarm.work {
                    alarm.ring()
                    throw Failure()
                }
            }
            #expect(isWoken())
        }
    }

    @Test("when it is time to finish, every lane wakes")
    func drains() {
        alarm.drain()
        for _ in 0..<3 { #expect(isWoken()) }
    }
}
