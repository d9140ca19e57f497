public import Commerce
import Glibc

/// The other side of the admin socket, for tools: sends a request and reads its reply.
///
/// It blocks, and belongs to one thread.
public final class AdminClient {
    private let socket: LineSocket
    private let timeout: Duration

    /// How long a line of a reply may be.
    private static let maximumLine = 16 << 20

    /// - Parameter timeout: How long each line of a reply may be waited for.
    /// - Throws: ``AdminClientError``.
    public convenience init(path: String, timeout: Duration) throws(AdminClientError) {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw AdminClientError(path: path, cause: .call(errno)) }
        self.init(descriptor, timeout: timeout)
        guard var address = UnixAddress(path: path) else {
            throw AdminClientError(path: path, cause: .call(ENAMETOOLONG))
        }
        guard address.withPointer({ connect(descriptor, $0, $1) }) == 0 else {
            switch errno {
            case ENOENT, ECONNREFUSED: throw AdminClientError(path: path, cause: .notRunning)
            case EACCES: throw AdminClientError(path: path, cause: .notAllowed)
            default: throw AdminClientError(path: path, cause: .call(errno))
            }
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// - Parameter descriptor: Of a socket, non-blocking once it is connected; closed with this object.
    init(_ descriptor: Int32, timeout: Duration) {
        socket = LineSocket(descriptor, maximumLength: Self.maximumLine)
        self.timeout = timeout
    }

    /// Sends a request and hands over each line of its reply, the end not included.
    ///
    /// - Parameters:
    ///   - request: One line, without its end; with an upload it must say `--bytes`, and is the connection's last.
    ///   - upload: Is sent as soon as the daemon asks for it.
    /// - Returns: How it ended.
    /// - Throws: ``AdminClientError``; what `line` and `upload` throw: then the daemon does not get all of it.
    public func request(
        _ request: String, sending upload: AdminUpload? = nil, _ line: (JSON) throws -> Void
    ) throws -> AdminEnd {
        var rest: Int64 = 0
        do {
            try send(Array(request.utf8) + [UInt8(ascii: "\n")])
            while true {
                if let upload, rest > 0 {
                    let piece = try upload.next(Int(min(rest, Int64(AdminPayload.pieceSize))))
                    rest = try send(piece) ? rest - Int64(piece.count) : 0
                    if rest > 0, !socket.hasInput { continue }
                }
                guard let bytes = try socket.line(idle: timeout, whole: timeout) else { break }
                let value = try JSON.parse(bytes).value
                switch value["t"] {
                case .string("end")?: return AdminEnd(value)
                case .string("send")?: rest = upload?.size ?? 0
                default: try line(value)
                }
            }
        } catch let failure as LineSocket.Failure {
            throw AdminClientError(path: "", cause: failure == .timedOut ? .timedOut : .brokenOff)
        }
        throw AdminClientError(path: "", cause: .brokenOff)
    }

    /// - Returns: Whether the daemon takes it. If not, it has said why before it ended the connection.
    @discardableResult
    private func send(_ bytes: [UInt8]) throws(LineSocket.Failure) -> Bool {
        do throws(LineSocket.Failure) {
            try socket.send(bytes, within: timeout)
            return true
        } catch {
            guard error == .closed else { throw error }
            return false
        }
    }
}

/// What is sent behind a request, read a piece at a time.
public struct AdminUpload {
    /// How many bytes there are.
    public let size: Int64
    let next: (_ limit: Int) throws -> [UInt8]

    /// - Parameter next: Gives the next bytes, at least one and at most `limit`, until there were `size` of them.
    public init(size: Int64, next: @escaping (_ limit: Int) throws -> [UInt8]) {
        self.size = size
        self.next = next
    }
}

extension AdminEnd {
    /// Reads `{"t":"end","ok":…,"code":…,"exit":…,"message":…}`.
    fileprivate init(_ line: JSON) {
        var (name, exit, message) = ("failed", Int32(1), "")
        if case .string(let text)? = line["code"] { name = text }
        if case .number(let digits)? = line["exit"] { exit = Int32(digits) ?? 1 }
        if case .string(let text)? = line["message"] { message = text }
        self.init(Code(name, exit: exit), message)
    }
}

/// A daemon could not be asked.
public struct AdminClientError: Error, Sendable, CustomStringConvertible {
    public enum Cause: Sendable, Hashable {
        case notRunning
        case notAllowed
        case timedOut
        /// The daemon ended the connection in the middle of its reply.
        case brokenOff
        case call(Int32)
    }

    public let path: String
    public let cause: Cause

    /// What the request has come to.
    public var code: AdminEnd.Code {
        switch cause {
        case .notRunning: .notRunning
        case .notAllowed: .notAllowed
        case .timedOut: .timedOut
        case .brokenOff, .call: .failed
        }
    }

    public var description: String {
        switch cause {
        case .notRunning: "nobody answers at \(path); is the daemon running?"
        case .notAllowed: "you may not open \(path); be root, or in the group that its directory belongs to"
        case .timedOut: "the daemon did not answer in time"
        case .brokenOff: "the daemon ended the connection before its reply was complete"
        case .call(let errno): "\(path): \(String(cString: strerror(errno)))"
        }
    }
}
