public import Commerce

/// Where a command writes its answer, a line at a time: rows and progress. The end is what the command returns or throws.
public protocol AdminReply: Sendable {
    /// Sends one line, given without its end.
    ///
    /// - Throws: ``ClientIsGone``.
    func send(_ line: [UInt8]) async throws
}

extension AdminReply {
    /// `{"t":"row",…}`: one thing of those that were asked for.
    ///
    /// - Parameter members: Writes the row's members.
    public func row(_ members: (inout JSONWriter) -> Void) async throws {
        try await send(AdminLine.row(members))
    }

    /// `{"t":"progress","done":…,"of":…,"what":…}`: how far a long command has come.
    ///
    /// - Parameter total: `nil` where nobody knows.
    public func progress(_ done: Int, of total: Int?, _ what: String) async throws {
        try await send(AdminLine.progress(done, of: total, what))
    }
}

/// Nobody reads the answer any more.
public struct ClientIsGone: Error, Sendable {
    public init() {}
}

/// The lines of a reply.
enum AdminLine {
    static func row(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        line("row", members)
    }

    static func progress(_ done: Int, of total: Int?, _ what: String) -> [UInt8] {
        line("progress") { json in
            json.name("done")
            json.integer(done)
            if let total {
                json.name("of")
                json.integer(total)
            }
            json.name("what")
            json.string(what)
        }
    }

    static func isProgress(_ line: [UInt8]) -> Bool {
        line.starts(with: #"{"t":"progress""#.utf8)
    }

    /// The client may send its payload. Until then it may turn out that nobody wants it.
    static func send(_ size: Int64) -> [UInt8] {
        line("send") { json in
            json.name("bytes")
            json.integer(size)
        }
    }

    static func line(_ type: String, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.object { json in
            json.name("t")
            json.string(type)
            members(&json)
        }
    }
}

extension AdminEnd {
    /// The end as the last line of a reply, without its line end.
    public var line: [UInt8] {
        AdminLine.line("end") { json in
            json.name("ok")
            json.bool(isOK)
            json.name("code")
            json.string(code.name)
            json.name("exit")
            json.integer(code.exit)
            json.name("message")
            json.string(message)
        }
    }
}
