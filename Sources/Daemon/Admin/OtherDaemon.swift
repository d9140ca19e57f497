import AdminChannel
public import Commerce
import Threads

/// The other of the two daemons, asked over its admin socket like an operator asks.
///
/// The socket is spoken to on a thread of its own, one request at a time.
public actor OtherDaemon {
    private let executor: ThreadExecutor
    private let name: String
    private let path: String
    private let setting: String
    private let timeout: Duration
    private var client: AdminClient?

    /// - Parameters:
    ///   - name: `productd` or `customerd`.
    ///   - path: Its admin socket. This daemon's user needs the role there that its requests need.
    ///   - setting: Where the path was set, for who has to mend it.
    ///   - timeout: How long each line of a reply may take.
    /// - Throws: `SystemCallError` where there is no thread to be had.
    public init(_ name: String, at path: String, setting: String, timeout: Duration) throws {
        executor = try ThreadExecutor(name: "ask-\(name)")
        self.name = name
        self.path = path
        self.setting = setting
        self.timeout = timeout
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Sends a request.
    ///
    /// - Parameter request: One line, as an operator would type it.
    /// - Returns: The reply's rows: as many as the request allows, so it must bound them.
    /// - Throws: ``AdminEnd``: the other daemon's, or `wrongState` where it can't be asked.
    public func ask(_ request: String) throws -> [JSON] {
        do {
            let client = try client ?? AdminClient(path: path, timeout: timeout)
            self.client = client
            var rows: [JSON] = []
            let end = try client.request(request) { line in
                if line["t"] == .string("row") { rows.append(line) }
            }
            guard end.isOK else { throw AdminEnd(end.code, "\(name): \(end.message)") }
            return rows
        } catch let error as AdminClientError {
            client = nil
            throw AdminEnd(.wrongState, "\(name) can't be asked (\(setting)=\(path)): \(error)")
        }
    }
}
