import Commerce
import Daemon
import Hummingbird

extension HTTPContext {
    /// The customer whom the path names.
    ///
    /// - Throws: ``Problem`` `validation-failed` for what can be no customer's id.
    func customerKey() throws -> CustomerKey {
        guard let text = percentDecoded(try parameters.require("id")), let key = CustomerKey(text) else {
            throw Problem.validationFailed([
                Fault(at: .root.member("id"), "must be 1 to 255 bytes of percent-encoded UTF-8")
            ])
        }
        return key
    }
}

/// The text of a path's segment (RFC 3986 §2.1); `nil` if that is no valid UTF-8.
func percentDecoded(_ segment: String) -> String? {
    guard segment.utf8.contains(UInt8(ascii: "%")) else { return segment }
    var bytes: [UInt8] = []
    var rest = segment.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 2 else { return nil }
        bytes.append(UInt8(digits[0] << 4 | digits[1]))
        rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
}
