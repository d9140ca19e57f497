/// Something that is wrong with one record of a file; the others are not affected.
struct RecordFault: Error, Sendable, Hashable {
    /// One of the record codes in docs/spool.md.
    let code: String
    /// The place in the record: a JSON Pointer, or a column.
    let field: String?
    let message: String
    /// What stands there, if it says nothing about a person.
    let excerpt: String?

    init(code: String, field: String?, message: String, excerpt: String? = nil) {
        self.code = code
        self.field = field
        self.message = message
        self.excerpt = excerpt
    }

    static func malformed(_ message: String, field: String? = nil) -> RecordFault {
        RecordFault(code: "malformed-record", field: field, message: message)
    }

    static let tooLarge = RecordFault(
        code: "record-too-large", field: nil, message: "a record may have at most 1,048,576 bytes")
}
