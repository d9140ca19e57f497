/// Waits until something is so, looking again and again.
///
/// - Parameters:
///   - what: What is waited for, for the message.
///   - limit: How long; a test that gets there has failed, so this is generous.
/// - Throws: ``TestFailure`` when it is not so within the limit.
public func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ isSo: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard .now < deadline else { throw TestFailure("not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
