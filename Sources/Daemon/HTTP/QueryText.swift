/// A query, percent-encoded (RFC 3986 §3.4), from the parameters that have a value: `?limit=10&q=blue%20lamp`.
public func queryText(_ parameters: [(name: String, value: String?)]) -> String {
    var text = ""
    for (name, value) in parameters {
        guard let value else { continue }
        text += text.isEmpty ? "?" : "&"
        text += name + "=" + percentEncoded(value)
    }
    return text
}

/// A text as a value in a query, or a segment of a path: all but unreserved characters encoded (RFC 3986 §2.3).
public func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            bytes.append(byte)
        default:
            bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
