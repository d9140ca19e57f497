/// Puts answers that come in any order back into the order of their questions.
struct AnswerWindow: Sendable {
    private var early: [Int: [UInt8]] = [:]
    /// How many answers have been given out.
    private(set) var written = 0

    /// - Parameters:
    ///   - number: The question's number, from 0.
    ///   - answer: Its answer.
    /// - Returns: All answers that can be given out now, one behind the other.
    mutating func add(_ number: Int, _ answer: [UInt8]) -> [UInt8] {
        early[number] = answer
        var ready: [UInt8] = []
        while let next = early.removeValue(forKey: written) {
            ready += next
            written += 1
        }
        return ready
    }
}
