import CLinux
import Glibc

/// Runs a body on a new thread of the operating system, which ends with it.
///
/// For code that blocks and that nobody awaits. It starts at once, also while every thread of Swift's cooperative pool
/// is busy, which a `Task` would wait for.
///
/// - Parameter name: What `top -H` and a core dump call the thread; the kernel keeps the first 15 bytes.
/// - Throws: ``ThreadStartError`` when the kernel gives no thread (`pthread_create(3)`, EAGAIN).
public func detachThread(name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadStartError) {
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var thread = pthread_t()
    let status = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
            name_this_thread(start.name)
            start.body()
            return nil
        }, start.toOpaque())
    guard status == 0 else {
        start.release()
        throw ThreadStartError(name: name, status: status)
    }
    pthread_detach(thread)
}

/// The kernel refused a new thread.
public struct ThreadStartError: Error, CustomStringConvertible {
    public let name: String
    /// The `errno` value that `pthread_create(3)` returned.
    public let status: Int32

    public var description: String {
        "no thread could be started for \(name): \(String(cString: strerror(status))); "
            + "raise TasksMax= of the unit or the user's process limit"
    }
}

/// What a new thread is handed.
private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
