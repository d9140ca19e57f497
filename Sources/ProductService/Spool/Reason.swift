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
        object { json in
            if let record = error.record {
                json.name("record")
                json.integer(record)
            }
            if let line = error.line {
                json.name("line")
                json.integer(line)
            }
            if let byte = error.byte {
                json.name("byte")
                json.integer(byte)
            }
            json.members(of: error.fault)
        }
    }
}
