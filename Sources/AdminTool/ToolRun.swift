import AdminChannel
import Commerce
import Glibc

/// One request: sent, and its reply shown, as a table or as it comes.
struct ToolRun {
    let options: ToolOptions
    let daemon: String

    /// - Returns: The exit status.
    func run() -> Int32 {
        let path =
            options.socket ?? getenv("ADMIN_SOCKET").map { String(cString: $0) } ?? "/run/\(daemon)/admin.sock"
        do {
            let client = try AdminClient(path: path, timeout: .milliseconds(Int64(options.timeout * 1_000)))
            var table = Table()
            // What comes a line a second is shown as it comes.
            let isLive = options.words.first == "watch"
            let end = try client.request(request) { line in
                if options.json {
                    TextStream.output.write(line.compact)
                } else if line["t"] == .string("row") {
                    table.append(line)
                    if isLive { TextStream.output.write(table.takeLast()) }
                }
            }
            if options.json {
                TextStream.output.write(String(decoding: end.line, as: UTF8.self))
            } else {
                table.lines.forEach(TextStream.output.write)
                if !end.message.isEmpty { (end.isOK ? TextStream.output : .error).write(end.message) }
            }
            return end.code.exit
        } catch let error as AdminClientError {
            TextStream.error.write("\(daemon): \(error)")
            return error.exit
        } catch {
            TextStream.error.write("\(daemon): \(error)")
            return AdminEnd.Code.failed.exit
        }
    }

    /// The words as one line, each in quotes that needs them.
    private var request: String {
        options.words.map { word in
            guard word.isEmpty || word.contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "\\" }) else {
                return word
            }
            let escaped = word.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
            return "\"" + String(escaped) + "\""
        }.joined(separator: " ")
    }
}

extension JSON {
    fileprivate var compact: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
