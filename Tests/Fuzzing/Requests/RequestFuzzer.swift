public import AdminChannel

/// Makes requests that nobody would type, and has them read as the admin socket does.
///
/// The same seed makes the same requests, so that what is found can be had again. It promises nothing but what holds
/// for any line: it is understood, or refused with `usage`; what is understood names only what the command has; and
/// words that were read are read again as the same words when they are written as the tools write them.
public struct RequestFuzzer {
    public struct Outcome: Sendable, Hashable {
        public var understood = 0
        public var refused = 0
        /// Lines that broke a promise, the first of them.
        public var broken: [[UInt8]] = []
    }

    private let table: CommandTable
    private let seeds: [[UInt8]]
    private var state: UInt64

    /// - Parameters:
    ///   - table: The commands that a request may mean.
    ///   - seeds: Requests that are right, to be mutated.
    public init(_ table: CommandTable, seeds: [String], seed: UInt64) {
        self.table = table
        self.seeds = seeds.map { Array($0.utf8) }
        state = seed
    }

    public mutating func run(_ rounds: Int) -> Outcome {
        var outcome = Outcome()
        for round in 0..<rounds {
            // Two thirds mutated, for these come far; the others of anything.
            let line = (round % 3 == 0 ? random() : mutated()).filter { $0 != UInt8(ascii: "\n") }
            do throws(AdminEnd) {
                let request = try AdminRequest(line: line)
                if !isReadAgain(request) { note(line, in: &outcome) }
                let (command, values) = try table.resolve(request)
                let names = Set(command.parameters.map(\.name))
                if !names.isSuperset(of: values.keys) { note(line, in: &outcome) }
                outcome.understood += 1
            } catch {
                if error.code != .usage { note(line, in: &outcome) }
                outcome.refused += 1
            }
        }
        return outcome
    }

    private func isReadAgain(_ request: AdminRequest) -> Bool {
        guard case .words(let words) = request, !words.isEmpty else { return true }
        // A first word that begins with a brace is no word any more.
        guard words[0].first != "{" else { return true }
        return (try? AdminRequest(line: Array(AdminRequest.line(of: words).utf8))) == request
    }

    private func note(_ line: [UInt8], in outcome: inout Outcome) {
        if outcome.broken.count < 10 { outcome.broken.append(line) }
    }

    // MARK: Lines

    private static let alphabet =
        Array(#"{}[]":,\ -=aZ0"#.utf8) + [0, 9, 0x0D, 0x7F, 0xC3, 0xA0, 0xE2, 0x80, 0xA8, 0xFF]

    private mutating func random() -> [UInt8] {
        let isAnything = next(2) == 0
        return (0..<next(120)).map { _ in isAnything ? UInt8(next(256)) : Self.alphabet[next(Self.alphabet.count)] }
    }

    private mutating func mutated() -> [UInt8] {
        var line = seeds[next(seeds.count)]
        for _ in 0...next(4) {
            let place = next(line.count + 1)
            switch next(6) {
            case 0 where place < line.count: line[place] = Self.alphabet[next(Self.alphabet.count)]
            case 1 where place < line.count: line.remove(at: place)
            case 2: line.insert(Self.alphabet[next(Self.alphabet.count)], at: place)
            case 3: line.insert(contentsOf: seeds[next(seeds.count)], at: place)
            case 4: line.removeLast(next(line.count + 1))
            default:
                guard place < line.count else { continue }
                // Rarely as long as a request may be.
                let most = next(5_000) == 0 ? AdminRequest.maximumLength : 40
                line.insert(contentsOf: repeatElement(line[place], count: next(most)), at: place)
            }
        }
        return line
    }

    /// Knuth's linear congruential generator; its upper bits are good enough here.
    private mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
