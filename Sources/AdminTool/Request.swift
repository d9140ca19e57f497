import AdminChannel
import ArgumentParser
import Commerce

/// One request: sent, and its reply shown, as a table, as a picture that moves, or as it comes.
struct Request {
    private let daemon: String
    private let path: String
    private let timeout: Duration
    private let words: [String]
    private let isJSON: Bool
    /// Whether a monitoring system asks: it reads one line on standard output.
    private let isCheck: Bool

    /// - Parameter words: What was typed behind the command.
    init<Daemon: AdministeredDaemon>(
        _ command: DeclaredCommand, _ words: [String], _ options: ToolOptions, to daemon: Daemon.Type
    ) {
        self.daemon = Daemon.name
        path = options.socket ?? Daemon.socket
        let seconds = options.timeout
        // A command that waits for something says so itself, and meanwhile that it goes on.
        let isForwarded = seconds != nil && command.has("timeout")
        timeout = .milliseconds(Int64((isForwarded ? nil : seconds).map { $0 * 1_000 } ?? 30_000))
        let forwarded = isForwarded ? ["--timeout", String(Int((seconds ?? 0).rounded(.up)))] : []
        self.words = command.words + words + forwarded
        isJSON = options.json
        isCheck = command.words == ["health"] && words.contains("--check")
    }

    /// - Throws: `ExitCode` with what it ended with, unless that is 0.
    func run() throws {
        var view = makeView()
        var end: AdminEnd
        do {
            let client = try AdminClient(path: path, timeout: timeout)
            end = try client.request(AdminRequest.line(of: words)) { view.show($0) }
        } catch let error as AdminClientError {
            end = AdminEnd(error.code, "\(daemon): \(error)")
            if isCheck { end = end.asCheck }
        } catch {
            end = AdminEnd(.failed, "\(daemon): \(error)")
        }
        view.end(end)
        if !end.isOK { throw ExitCode(end.code.exit) }
    }

    private func makeView() -> any ReplyView {
        let output = Terminal(.output)
        if isJSON { return LinesView() }
        if isCheck { return CheckView() }
        if words.first == "watch" { return output.canMove ? WatchView(daemon, on: output) : TableView(growing: output) }
        return TableView(output)
    }
}

/// Shows a reply, line by line.
protocol ReplyView {
    /// A row, or how far the command has come.
    mutating func show(_ line: JSON)
    mutating func end(_ end: AdminEnd)
}

/// The reply as it comes, for programs. They get an end also where the daemon couldn't be asked.
private struct LinesView: ReplyView {
    func show(_ line: JSON) {
        TextStream.output.write(line.compact)
    }

    func end(_ end: AdminEnd) {
        TextStream.output.write(String(decoding: end.line, as: UTF8.self))
    }
}

/// The one line that a monitoring system wants.
private struct CheckView: ReplyView {
    func show(_ line: JSON) {}

    func end(_ end: AdminEnd) {
        TextStream.output.write(end.message)
    }
}

extension AdminEnd {
    /// For a monitoring system: a daemon that doesn't answer is critical (2); otherwise nothing is known (3).
    fileprivate var asCheck: AdminEnd {
        let isCritical = code == .notRunning || code == .timedOut
        let parts = message.split(separator: ":", maxSplits: 1)
        let text = "\(parts.first ?? "") \(isCritical ? "CRITICAL" : "UNKNOWN"):\(parts.last ?? "")"
        return AdminEnd(Code(isCritical ? "critical" : "unknown", exit: isCritical ? 2 : 3), text)
    }
}

extension JSON {
    var compact: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
