/// A body that is JSON and not what was asked for: all that is wrong with it.
public struct InvalidBody: Error, Sendable, Hashable {
    public let faults: [Fault]

    public init(faults: [Fault]) {
        self.faults = faults
    }
}
