/// Reads the members of one JSON object and notes a ``Fault`` for each that is missing, wrong or unknown.
///
/// Every reading function returns `nil` where the member is absent or wrong; whether that was a fault is in
/// ``faults``. So a body is read to its end and all its faults are reported at once, up to ``Fault/maximumCount``. Absent
/// and `null` are the same.
public struct ObjectReader {
    /// Where this object stands in the text.
    public let path: FieldPath
    public private(set) var faults: [Fault] = []
    private let members: [JSON.Member]
    private var asked: [String] = []

    /// - Parameter value: Anything but an object is a fault, and reads like an empty object.
    public init(_ value: JSON, at path: FieldPath = .root) {
        self.path = path
        if case .object(let members) = value {
            self.members = members
        } else {
            members = []
            faults.append(Fault(at: path, "must be an object, not \(value.kind)"))
        }
    }

    /// Whether the object has this member, `null` or not.
    public func has(_ name: String) -> Bool {
        members.contains { $0.name == name }
    }

    /// A member as it is; `nil` where it is absent or `null`.
    public mutating func value(_ name: String) -> JSON? {
        asked.append(name)
        guard let value = members.first(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }

    /// A member that must be there.
    public mutating func required<Value>(
        _ name: String, _ read: (inout ObjectReader, String) -> Value?
    ) -> Value? {
        let known = faults.count
        let value = read(&self, name)
        if value == nil, faults.count == known { fault(name, "is required") }
        return value
    }

    /// A string of 1 to `maximumLength` bytes of UTF-8, without control characters other than tabs and line ends.
    public mutating func string(_ name: String, maximumLength: Int = 255) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { return fault(name, "must be a string, not \(value.kind)") }
        guard !text.isEmpty else { return fault(name, "must not be empty") }
        guard text.utf8.count <= maximumLength else {
            return fault(name, "must be at most \(maximumLength) bytes long")
        }
        // They ring a terminal's bell or move its cursor, and JSON writes each in six bytes.
        guard !text.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D || $0 == 0x7F }) else {
            return fault(name, "must not have control characters")
        }
        return text
    }

    /// A whole number written without fraction or exponent.
    public mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name) else { return nil }
        guard case .number(let digits) = value, let number = Int(digits), range.contains(number) else {
            return fault(name, "must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    public mutating func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let bool) = value else { return fault(name, "must be true or false") }
        return bool
    }

    /// An amount of money: a JSON number with no more decimals than the currency has.
    public mutating func money(_ name: String, in currency: Currency) -> Money? {
        guard let value = value(name) else { return nil }
        guard case .number(let digits) = value else { return fault(name, "must be a number, not \(value.kind)") }
        guard let money = Money(decimal: digits, currency: currency) else {
            return fault(name, "must be an amount with at most \(currency.decimals) decimals")
        }
        guard (0...Money.maximumMinorUnits).contains(money.minorUnits) else {
            return fault(name, "must be from 0 to \(Money(minorUnits: Money.maximumMinorUnits, currency: currency))")
        }
        return money
    }

    /// A UUID in its 36-character form (RFC 9562 §4).
    public mutating func identifier<Kind>(_ name: String, of kind: Kind.Type = Kind.self) -> Identifier<Kind>? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value, let id = Identifier<Kind>(text) else {
            return fault(name, "must be a UUID")
        }
        return id
    }

    /// The elements of an array, of which there must be a number in `count`.
    public mutating func array(_ name: String, count: ClosedRange<Int>) -> [JSON]? {
        guard let value = value(name) else { return nil }
        guard case .array(let elements) = value else { return fault(name, "must be an array, not \(value.kind)") }
        guard count.contains(elements.count) else {
            return fault(name, "must have \(count.lowerBound) to \(count.upperBound) elements, not \(elements.count)")
        }
        return elements
    }

    /// A member that is an object of its own, read by `read`.
    public mutating func object<Value>(_ name: String, _ read: (inout ObjectReader) -> Value?) -> Value? {
        guard let value = value(name) else { return nil }
        return nested(value, at: path.member(name), read)
    }

    /// Reads an object inside this one, and takes over its faults.
    public mutating func nested<Value>(
        _ value: JSON, at path: FieldPath, _ read: (inout ObjectReader) -> Value?
    ) -> Value? {
        var reader = ObjectReader(value, at: path)
        let result = reader.faults.isEmpty ? read(&reader) : nil
        faults += reader.faults.prefix(Fault.maximumCount - faults.count)
        return result
    }

    /// Notes a fault of a member.
    @discardableResult
    public mutating func fault<Value>(_ name: String, _ requirement: String) -> Value? {
        fault(name, requirement)
        return nil
    }

    /// Notes a fault of a member.
    public mutating func fault(_ name: String, _ requirement: String) {
        guard faults.count < Fault.maximumCount else { return }
        faults.append(Fault(at: path.member(name), requirement))
    }

    /// After everything known was read: each member that nobody asked for is a fault.
    public mutating func refuseUnknownMembers() {
        for member in members where !asked.contains(member.name) {
            fault(member.name, "is not a known field")
        }
    }
}
