import Glibc
import Testing

@testable import Systemd

/// One at a time: the environment is the whole process's.
@Suite("systemd hears how the service is doing", .serialized)
struct NotifyTests {
    private let socket: NotifySocket

    init() throws {
        socket = try NotifySocket()
        setenv("NOTIFY_SOCKET", socket.path, 1)
        unsetenv("WATCHDOG_USEC")
        unsetenv("WATCHDOG_PID")
    }

    @Test("that it is ready, with a status line")
    func ready() {
        ServiceNotifier().ready(status: "listening on 3001")
        #expect(socket.next() == "READY=1\nSTATUS=listening on 3001")
    }

    @Test("a status of several lines as one, so that it cannot say anything else")
    func status() {
        ServiceNotifier().status("broker away\nREADY=1")
        #expect(socket.next() == "STATUS=broker away READY=1")
    }

    @Test("that it is stopping")
    func stopping() {
        ServiceNotifier().stopping()
        #expect(socket.next() == "STOPPING=1")
    }

    @Test("that it lives, again and again, while it does")
    func watchdog() async {
        setenv("WATCHDOG_USEC", "20000", 1)
        let task = Task { await Watchdog { true }.run() }
        #expect(socket.next() == "WATCHDOG=1")
        #expect(socket.next() == "WATCHDOG=1")
        task.cancel()
        await task.value
    }

    @Test("nothing when it doesn't live any more")
    func expires() async {
        setenv("WATCHDOG_USEC", "2000", 1)
        let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            await Watchdog {
                continuation.yield()
                return false
            }.run()
        }
        var count = 0
        for await _ in asked {
            count += 1
            if count == 3 { break }
        }
        task.cancel()
        await task.value
        ServiceNotifier().stopping()
        #expect(socket.next() == "STOPPING=1")
    }

    @Test("nothing outside systemd, and no watchdog is asked for")
    func outside() async {
        unsetenv("NOTIFY_SOCKET")
        #expect(!ServiceNotifier().isSupervised)
        ServiceNotifier().ready()
        await Watchdog { true }.run()
    }
}
