import Commerce

/// Why a file is in `rejected/`: its `reason.json`, for whoever is to mend it.
struct Reason: Sendable {
    let receipt: Receipt
    let rejection: Rejection
    let ownerUID: UInt32
    /// How often it was tried.
    let attempts: Int
    /// The first of them; ``errorCount`` tells how many there are.
    let errors: [FileFault]
    let errorCount: Int

    /// How many errors are listed.
    static let maximumErrors = 100

    var document: [UInt8] {
        JSONWriter.object { json in
            json.name("schema")
            json.integer(1)
            json.fileMembers(of: receipt)
            json.name("ownerUid")
            json.integer(ownerUID)
            json.name("receivedAt")
            json.date(receipt.file.receivedAt)
            json.name("rejectedAt")
            json.date(receipt.finishedAt)
            json.name("stage")
            json.string(rejection.stage.rawValue)
            json.name("code")
            json.string(rejection.code.rawValue)
            json.name("retryable")
            // Once something of it was taken, the same bytes are a duplicate.
            json.bool(rejection.code.isRetryable && receipt.accepted == 0 && receipt.duplicates == 0)
            json.name("attempts")
            json.integer(attempts)
            json.name("hint")
            json.string(rejection.code.hint)
            json.name("errorCount")
            json.integer(errorCount)
            json.name("errors")
            json.array { json in
                for error in errors.prefix(Self.maximumErrors) { json.fileFault(error) }
            }
        } + [UInt8(ascii: "\n")]
    }
}

extension JSONWriter {
    fileprivate mutating func fileFault(_ error: FileFault) {
        object { $0.members(of: error) }
    }

    /// The members of a fault at its place, inside an object.
    mutating func members(of error: FileFault) {
        if let record = error.record {
            name("record")
            integer(record)
        }
        if let line = error.line {
            name("line")
            integer(line)
        }
        if let byte = error.byte {
            name("byte")
            integer(byte)
        }
        members(of: error.fault)
    }
}

extension FileFault {
    /// Reads back what ``Reason`` wrote.
    init(_ json: JSON) {
        func number(_ name: String) -> Int? {
            if case .number(let digits)? = json[name] { Int(digits) } else { nil }
        }
        self.init(
            record: number("record"), line: number("line"), byte: number("byte").map(Int64.init), fault: .init(json))
    }
}
