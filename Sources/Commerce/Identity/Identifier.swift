public import FoundationEssentials

/// A UUID that says what it identifies, so that an order's id cannot be passed where a customer's is meant.
///
/// Its text is the lower-case form of RFC 9562 §4; ids sort by their bytes, which for UUIDv7 is the order of their making.
public struct Identifier<Kind>: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let uuid: UUID

    public init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the 36-character form, in either case; `nil` for anything else.
    public init?(_ text: String) {
        guard let uuid = UUID(canonical: text) else { return nil }
        self.uuid = uuid
    }

    public var description: String {
        uuid.withCanonicalText { String(decoding: $0, as: UTF8.self) }
    }

    /// Appends the 36 characters.
    public func appendText(to bytes: inout [UInt8]) {
        uuid.withCanonicalText { bytes.append(contentsOf: $0) }
    }

    public static func < (left: Self, right: Self) -> Bool {
        withUnsafeBytes(of: left.uuid.uuid) { left in
            withUnsafeBytes(of: right.uuid.uuid) { right in left.lexicographicallyPrecedes(right) }
        }
    }
}

/// What an ``OrderID`` identifies.
public enum OrderKind {}
/// What a ``CustomerID`` identifies.
public enum CustomerKind {}
/// What a ``ProductID`` identifies.
public enum ProductKind {}
/// What an ``EventID`` identifies.
public enum EventKind {}

public typealias OrderID = Identifier<OrderKind>
public typealias CustomerID = Identifier<CustomerKind>
public typealias ProductID = Identifier<ProductKind>
public typealias EventID = Identifier<EventKind>

// Outside of the generic type, where they would be compiled for any kind and so be many times slower.
extension UUID {
    fileprivate init?(canonical text: String) {
        var text = text
        var value = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        let isWellFormed = text.withUTF8 { text in
            guard text.count == 36 else { return false }
            return withUnsafeMutableBytes(of: &value) { raw in
                var position = 0
                for index in raw.indices {
                    if Self.hyphenPrecedes(index) {
                        guard text[position] == UInt8(ascii: "-") else { return false }
                        position += 1
                    }
                    guard let high = hexadecimalValue(text[position]), let low = hexadecimalValue(text[position + 1])
                    else { return false }
                    raw[index] = high << 4 | low
                    position += 2
                }
                return true
            }
        }
        guard isWellFormed else { return nil }
        self = value
    }

    fileprivate func withCanonicalText<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { text in
            var position = 0
            func append(_ byte: UInt8) {
                text.initializeElement(at: position, to: byte)
                position += 1
            }
            withUnsafeBytes(of: uuid) { raw in
                for index in raw.indices {
                    if Self.hyphenPrecedes(index) { append(UInt8(ascii: "-")) }
                    append(hexadecimalDigit(raw[index] >> 4))
                    append(hexadecimalDigit(raw[index] & 15))
                }
            }
            return body(UnsafeBufferPointer(text))
        }
    }

    /// Whether the text has a hyphen before this byte's two digits.
    private static func hyphenPrecedes(_ index: Int) -> Bool {
        index == 4 || index == 6 || index == 8 || index == 10
    }
}
