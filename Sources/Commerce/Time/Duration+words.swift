extension Duration {
    /// For people, in one unit, cut off: `850 ms`, `95 s`, `12 min`, `30 h`, `9 d`.
    ///
    /// Two of a unit are the least that is said in it, so that `90 s` does not become `1 min`.
    public var words: String {
        let seconds = components.seconds
        return switch seconds {
        case ..<1 where self > .zero:
            "\(components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000) ms"
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}
