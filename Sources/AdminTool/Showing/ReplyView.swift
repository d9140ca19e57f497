import AdminChannel
import Commerce

/// Shows a reply, line by line.
protocol ReplyView {
    /// A row, or how far the command has come.
    mutating func show(_ line: JSON)
    mutating func end(_ end: AdminEnd)
}

/// The reply as it comes, for programs. They get an end also where the daemon couldn't be asked.
struct LinesView: ReplyView {
    func show(_ line: JSON) {
        TextStream.output.write(line.compact)
    }

    func end(_ end: AdminEnd) {
        TextStream.output.write(String(decoding: end.line, as: UTF8.self))
    }
}

extension JSON {
    var compact: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
