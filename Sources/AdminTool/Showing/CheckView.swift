import AdminChannel
import Commerce

/// The one line that a monitoring system wants.
struct CheckView: ReplyView {
    func show(_ line: JSON) {}

    func end(_ end: AdminEnd) {
        TextStream.output.write(end.message)
    }
}

extension AdminEnd {
    /// How a check ended that the daemon didn't answer: one that is silent is critical (2), otherwise nothing is known (3).
    func asCheck(of daemon: String) -> AdminEnd {
        guard !["ok", "warning", "critical"].contains(code.name) else { return self }
        let isCritical = code == .notRunning || code == .timedOut
        let (word, exit): (String, Int32) = isCritical ? ("CRITICAL", 2) : ("UNKNOWN", 3)
        return AdminEnd(Code(word.lowercased(), exit: exit), "\(daemon) \(word): \(message)")
    }
}
