import CLinux
import Glibc
public import Threads

/// Says that something may have happened in some directories (inotify(7)).
///
/// It is a hint and nothing to rely on: events get lost when their queue is full, and say nothing of what a file is by
/// now. Whoever is woken looks for themselves.
public final class DirectoryWatch {
    /// What may have happened.
    public enum Event: Sendable, Hashable {
        /// Something in the directory with this number.
        case entry(Int32, FileName)
        /// The directory with this number is gone, or is elsewhere now.
        case directoryGone(Int32)
        /// Events were lost: look everywhere.
        case overflow
    }

    private let descriptor: Int32
    private static let mask = UInt32(
        IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR
            | IN_EXCL_UNLINK)

    /// - Throws: ``FileError`` with EMFILE when `fs.inotify.max_user_instances` is used up.
    public init() throws(FileError) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { throw FileError("inotify_init1", "inotify") }
    }

    deinit {
        close(descriptor)
    }

    /// Watches a directory too.
    ///
    /// - Returns: Its number in the events.
    public func add(_ directory: Directory) throws(FileError) -> Int32 {
        // inotify takes paths only; this one leads to the open directory, wherever it is.
        let number = inotify_add_watch(descriptor, "/proc/self/fd/\(directory.descriptor)", Self.mask)
        guard number >= 0 else { throw FileError("inotify_add_watch", directory.path) }
        return number
    }

    /// Watches a directory no longer; nothing happens if it is gone already.
    public func remove(_ number: Int32) {
        inotify_rm_watch(descriptor, number)
    }

    /// Sleeps until something may have happened, the time is over, or one of two others wakes it.
    public func wait(atMost duration: Duration, or interrupt: Interrupt) {
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        poll(&entries, 2, duration.pollMilliseconds)
    }

    /// Takes the events that are there, some hundred at a time; empty if there are none.
    public func take() -> [Event] {
        var events: [Event] = []
        withUnsafeTemporaryAllocation(byteCount: 64 * 1_024, alignment: MemoryLayout<inotify_event>.alignment) {
            buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            var offset = 0
            while count > 0, offset + MemoryLayout<inotify_event>.size <= count {
                let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                offset += MemoryLayout<inotify_event>.size
                let name = buffer[offset..<min(offset + Int(event.len), count)].prefix { $0 != 0 }
                offset += Int(event.len)
                if let event = Self.event(event, name: Array(name)) { events.append(event) }
            }
        }
        return events
    }

    private static func event(_ event: inotify_event, name: [UInt8]) -> Event? {
        if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return .overflow }
        if event.mask & UInt32(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) != 0 {
            return .directoryGone(event.wd)
        }
        return name.isEmpty ? nil : .entry(event.wd, FileName(bytes: name))
    }
}
