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
    public init?(_ text: some StringProtocol) {
        guard let uuid = UUID(canonical: text.utf8) else { return nil }
        self.uuid = uuid
    }

    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the 36 characters.
    public func appendText(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: uuid.uuid) { raw in
            for (index, byte) in raw.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 { bytes.append(UInt8(ascii: "-")) }
                bytes.append(hexadecimalDigits[Int(byte >> 4)])
                bytes.append(hexadecimalDigits[Int(byte & 15)])
            }
        }
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

extension UUID {
    fileprivate init?(canonical text: some Collection<UInt8>) {
        guard text.count == 36 else { return nil }
        var value: UUID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        var nibbles = 0
        let wellFormed = withUnsafeMutableBytes(of: &value) { raw in
            for (index, byte) in text.enumerated() {
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard byte == UInt8(ascii: "-") else { return false }
                    continue
                }
                guard let nibble = hexadecimalValue(byte) else { return false }
                raw[nibbles >> 1] = raw[nibbles >> 1] << 4 | nibble
                nibbles += 1
            }
            return true
        }
        guard wellFormed else { return nil }
        self = value
    }
}

private func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
