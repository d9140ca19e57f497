import AdminChannel
import Synchronization

/// Where operators' commands come into the spool, while there is one.
final class SpoolDoor: Sendable {
    private let isConfigured: Bool
    private let desk = Mutex<SpoolDesk?>(nil)

    init(_ configuration: SpoolConfiguration) {
        isConfigured = configuration.directory != nil
    }

    func open(_ desk: SpoolDesk) {
        self.desk.withLock { $0 = desk }
    }

    func close() {
        desk.withLock { $0 = nil }
    }

    /// - Throws: `AdminEnd` with `wrong-state`, saying what to do.
    func enter() throws(AdminEnd) -> SpoolDesk {
        if let desk = desk.withLock({ $0 }) { return desk }
        throw AdminEnd(
            .wrongState,
            isConfigured
                ? "the spool is not open: status says why"
                : "there is no spool: set SPOOL_DIRECTORY (spool.directory) and restart productd")
    }
}
