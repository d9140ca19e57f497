/// The name of an entry in a directory: any bytes but `/` and NUL, as the kernel has it (path_resolution(7)).
///
/// Names come from others and need not be text. They are kept as bytes, so that each can be opened and moved, and are
/// shown as text in which every byte that is no UTF-8, and every control character, is written as `\xNN`.
public struct FileName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }

    /// The longest name that Linux' file systems take, in bytes (NAME_MAX).
    public static let maximumLength = 255

    public func hasPrefix(_ prefix: String) -> Bool {
        bytes.starts(with: prefix.utf8)
    }

    public func hasSuffix(_ suffix: String) -> Bool {
        bytes.count >= suffix.utf8.count && bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    public static func + (name: FileName, suffix: String) -> FileName {
        FileName(bytes: name.bytes + suffix.utf8)
    }

    public var description: String {
        var text = ""
        var decoder = UTF8()
        var rest = bytes[...]
        while !rest.isEmpty {
            var iterator = rest.makeIterator()
            let scalar: Unicode.Scalar? =
                if case .scalarValue(let scalar) = decoder.decode(&iterator) { scalar } else { nil }
            decoder = UTF8()
            if let scalar, scalar.properties.generalCategory != .control {
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                let digits = String(rest[rest.startIndex], radix: 16)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
                rest = rest.dropFirst()
            }
        }
        return text
    }

    /// Calls a C function with the name.
    func withCString<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value {
        (bytes + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { name in
                // An array with an element always has an address.
                name.baseAddress.map(body) ?? body("")
            }
        }
    }
}
