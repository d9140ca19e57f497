import CLibpq
import Glibc
import Synchronization
import Threads

/// Telling the server to stop what a connection asked of it, before that connection is given up.
///
/// `PQcancel` opens a connection of its own and blocks, for ever if the server is frozen; so it runs on a thread that
/// nobody has to wait for. Best effort: `statement_timeout` on the server stands behind it.
enum Cancellation {
    /// Threads that still wait for a server. Beyond a few, more would not help.
    private static let underway = Atomic(0)
    private static let most = 8

    /// Asks, and waits no longer than a healthy server needs to answer.
    static func request(_ connection: OpaquePointer) {
        guard let done = try? Interrupt(), let handle = PQgetCancel(connection) else { return }
        guard underway.wrappingAdd(1, ordering: .relaxed).newValue <= most else {
            underway.wrappingSubtract(1, ordering: .relaxed)
            PQfreeCancel(handle)
            return
        }
        let request = Unmanaged.passRetained(Request(handle: handle, done: done))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Request>.fromOpaque(argument).takeRetainedValue().send()
                Cancellation.underway.wrappingSubtract(1, ordering: .relaxed)
                return nil
            }, request.toOpaque())
        guard status == 0 else {
            request.release()
            underway.wrappingSubtract(1, ordering: .relaxed)
            return
        }
        pthread_detach(thread)
        done.wait(atMost: .milliseconds(200))
    }

    /// What the thread is handed.
    private final class Request {
        private let handle: OpaquePointer
        private let done: Interrupt

        init(handle: OpaquePointer, done: Interrupt) {
            self.handle = handle
            self.done = done
        }

        deinit {
            PQfreeCancel(handle)
        }

        func send() {
            // PQcancel before libpq 17 sends without MSG_NOSIGNAL; a signal that is blocked ends with its thread.
            var brokenPipe = sigset_t()
            sigemptyset(&brokenPipe)
            sigaddset(&brokenPipe, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)
            var message = [CChar](repeating: 0, count: 256)
            PQcancel(handle, &message, Int32(message.count))
            done.fire()
        }
    }
}
