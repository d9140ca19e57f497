/// One thing that is wrong with a text that somebody sent, and where.
public struct Fault: Sendable, Hashable, CustomStringConvertible {
    /// The place as a JSON Pointer (RFC 6901): `/items/0/quantity`; empty for the whole text.
    public let pointer: String
    /// A sentence that names the place: `items[0].quantity must be a positive integer`.
    public let message: String

    /// How many faults of one text are named. Somebody who sends a hundred thousand wants to fill our memory.
    public static let maximumCount = 1_000

    /// - Parameter requirement: What should hold, to stand behind the place's name: `must be a positive integer`.
    public init(at path: FieldPath, _ requirement: String) {
        pointer = path.pointer
        message = "\(path.isRoot ? "the body" : path.description) \(requirement)"
    }

    public var description: String { message }
}

/// The way from the top of a JSON text to one of its values.
public struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    /// One step down.
    public enum Step: Sendable, Hashable {
        case member(String)
        case index(Int)
    }

    public var steps: [Step]

    public init(steps: [Step] = []) {
        self.steps = steps
    }

    /// The whole text.
    public static let root = FieldPath()

    var isRoot: Bool { steps.isEmpty }

    /// The path of this object's member.
    public func member(_ name: String) -> FieldPath {
        FieldPath(steps: steps + [.member(name)])
    }

    /// The path of this array's element.
    public func index(_ index: Int) -> FieldPath {
        FieldPath(steps: steps + [.index(index)])
    }

    /// The path as a JSON Pointer (RFC 6901 §3).
    public var pointer: String {
        var pointer = String.UnicodeScalarView()
        for step in steps {
            pointer.append("/")
            switch step {
            // By scalars: "~" and "/" may carry a combining mark, and be another `Character` then.
            case .member(let name):
                for scalar in name.unicodeScalars {
                    switch scalar {
                    case "~": pointer.append(contentsOf: "~0".unicodeScalars)
                    case "/": pointer.append(contentsOf: "~1".unicodeScalars)
                    default: pointer.append(scalar)
                    }
                }
            case .index(let index): pointer.append(contentsOf: String(index).unicodeScalars)
            }
        }
        return String(pointer)
    }

    /// The path as a programmer writes it: `items[0].quantity`; a name of no characters is `""`.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .member(let name): text += (text.isEmpty ? "" : ".") + (name.isEmpty ? "\"\"" : name)
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
