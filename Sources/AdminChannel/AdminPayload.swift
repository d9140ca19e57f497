/// What follows a request's line: as many bytes as the line says, such as a file that is too large for a request.
///
/// It is read while the command runs, a piece at a time; what is not read yet waits at the client, which is told to begin
/// by the first call of ``next()``. Its connection takes no further request: so no byte of it is ever taken for one.
public struct AdminPayload: Sendable {
    /// How many bytes there are.
    public let size: Int64
    private let read: @Sendable () async throws -> [UInt8]?

    /// How many bytes a piece has, if it is not the last.
    static let pieceSize = 64 * 1_024

    init(size: Int64, read: @escaping @Sendable () async throws -> [UInt8]?) {
        self.size = size
        self.read = read
    }

    /// The next piece; `nil` behind the last.
    ///
    /// - Throws: ``AdminEnd`` if it does not come, or not in time.
    public func next() async throws -> [UInt8]? { try await read() }
}
