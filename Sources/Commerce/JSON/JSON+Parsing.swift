extension JSON {
    /// A text that was read: its value, and what is wrong in it although it is JSON.
    public struct Document: Sendable, Hashable {
        public let value: JSON
        /// Repeated names, NUL characters and unpaired surrogates: legal in RFC 8259's grammar (§4, §8.2), and each the
        /// beginning of two programs reading one text differently. At most ``Fault/maximumCount`` of them.
        public let faults: [Fault]

        /// A value that was put together from something else than JSON text.
        public init(value: JSON, faults: [Fault] = []) {
            self.value = value
            self.faults = faults
        }
    }

    /// Reads one JSON text.
    ///
    /// - Parameters:
    ///   - bytes: The text in UTF-8; a leading byte order mark is passed over (RFC 8259 §8.1).
    ///   - maximumDepth: How many arrays and objects may be nested in one another.
    /// - Throws: ``JSONSyntaxError`` naming line and column of the first byte that cannot be read, or of the number or
    ///   string that cannot be taken.
    public static func parse(_ bytes: [UInt8], maximumDepth: Int = 32) throws(JSONSyntaxError) -> Document {
        try bytes.withUnsafeBufferPointer { (bytes) throws(JSONSyntaxError) in
            var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
            return try parser.document()
        }
    }
}

/// Where and why a text is no JSON.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String
    /// Counted from 1.
    public let line: Int
    /// Counted from 1, in bytes.
    public let column: Int

    public var description: String {
        "\(reason) at line \(line), column \(column)"
    }
}
