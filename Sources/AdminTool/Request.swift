import AdminChannel
import ArgumentParser
import Commerce

/// One request: sent, and its reply shown, as a table, as a picture that moves, or as it comes.
struct Request {
    private let daemon: String
    private let path: String
    private let timeout: Duration
    private let words: [String]
    /// Which of them is a file of this side.
    private let file: Int?
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
        file = command.place(ofFileIn: words).map { command.words.count + $0 }
        isJSON = options.json
        isCheck = command.words == ["health"] && words.contains("--check")
    }

    /// - Throws: `ExitCode` with what it ended with, unless that is 0.
    func run() throws {
        var view = makeView()
        let end: AdminEnd
        let speaker = isCheck ? "" : "\(daemon): "
        do {
            var words = words
            // What comes from a pipe is read to its end first, however long that takes: a connection would be idle meanwhile.
            let upload = try file.map { try takeAlong(&words, at: $0, view: &view) }
            let client = try AdminClient(path: path, timeout: timeout)
            end = try client.request(AdminRequest.line(of: words), sending: upload) { view.show($0) }
        } catch let error as AdminClientError {
            end = AdminEnd(error.code, "\(speaker)\(error)")
        } catch let error as LocalFileError {
            end = AdminEnd(.failed, "\(error)")
        } catch {
            end = AdminEnd(.failed, "\(speaker)\(error)")
        }
        let shown = isCheck ? end.asCheck(of: daemon) : end
        view.end(shown)
        if !shown.isOK { throw ExitCode(shown.code.exit) }
    }

    /// Says the file's name instead of its path, and how much follows.
    private func takeAlong(
        _ words: inout [String], at place: Int, view: inout any ReplyView
    ) throws(LocalFileError) -> AdminUpload {
        let path = words[place]
        let upload = try LocalFile(path) { count in
            view.show(
                .object([
                    JSON.Member("t", .string("progress")), JSON.Member("done", .number(String(count))),
                    JSON.Member("what", .string("bytes read")),
                ]))
        }.upload
        words[place] = path.split(separator: "/").last.map(String.init) ?? path
        words += ["--bytes", String(upload.size)]
        return upload
    }

    private func makeView() -> any ReplyView {
        let output = Terminal(.output)
        if isJSON { return LinesView() }
        if isCheck { return CheckView() }
        if words.first == "watch" { return output.canMove ? WatchView(daemon, on: output) : TableView(growing: output) }
        return TableView(output)
    }
}
