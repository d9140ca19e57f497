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
        let end: AdminEnd
        let speaker = isCheck ? "" : "\(daemon): "
        do {
            let client = try AdminClient(path: path, timeout: timeout)
            end = try client.request(AdminRequest.line(of: words)) { view.show($0) }
        } catch let error as AdminClientError {
            end = AdminEnd(error.code, "\(speaker)\(error)")
        } catch {
            end = AdminEnd(.failed, "\(speaker)\(error)")
        }
        let shown = isCheck ? end.asCheck(of: daemon) : end
        view.end(shown)
        if !shown.isOK { throw ExitCode(shown.code.exit) }
    }

    private func makeView() -> any ReplyView {
        let output = Terminal(.output)
        if isJSON { return LinesView() }
        if isCheck { return CheckView() }
        if words.first == "watch" { return output.canMove ? WatchView(daemon, on: output) : TableView(growing: output) }
        return TableView(output)
    }
}
