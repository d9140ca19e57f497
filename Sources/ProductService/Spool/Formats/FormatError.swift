/// A file that is not whole, or no file of its format: nothing of it can be relied on.
struct FormatError: Error, Sendable, Hashable {
    enum Code: Sendable, Hashable {
        /// It goes on where it should not, or has something in it that its format doesn't know.
        case malformed
        /// It ends before its format closes.
        case truncated
        /// It has another number of orders than it says itself.
        case countMismatch
        /// It is none of the known formats.
        case unknownFormat
    }

    let code: Code
    let line: Int
    /// From the beginning of the text.
    let byte: Int64
    let message: String

    init(_ code: Code, _ message: String, line: Int, byte: Int64) {
        self.code = code
        self.message = message
        self.line = line
        self.byte = byte
    }
}

extension Rejection {
    init(_ error: FormatError) {
        let code: RejectionCode =
            switch error.code {
            case .malformed: .malformed
            case .truncated: .truncated
            case .countMismatch: .countMismatch
            case .unknownFormat: .unknownFormat
            }
        let fault = RecordFault(code: code.rawValue, field: nil, message: error.message)
        self.init(.validate, code, FileFault(line: error.line, byte: error.byte, fault: fault))
    }
}
