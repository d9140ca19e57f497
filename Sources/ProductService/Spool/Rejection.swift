import Files

/// Why a file was not taken, as a whole: the `code` of its `reason.json`.
enum RejectionCode: String, Sendable, CaseIterable {
    case symlink
    case notAFile = "not-a-file"
    case directory
    case hardLink = "hard-link"
    case unreadable
    case empty
    case tooLarge = "too-large"
    case changedWhileRead = "changed-while-read"
    case checksumMismatch = "checksum-mismatch"
    case compressionDamaged = "compression-damaged"
    case unknownFormat = "unknown-format"
    case malformed
    case truncated
    case countMismatch = "count-mismatch"
    case tooManyOrders = "too-many-orders"
    case ordersRefused = "orders-refused"

    /// Whether time may cure it: then the file is tried again, for as long as there is patience with it.
    var mayPass: Bool {
        switch self {
        case .directory, .hardLink, .unreadable, .empty, .changedWhileRead, .checksumMismatch, .truncated,
            .countMismatch:
            true
        case .symlink, .notAFile, .tooLarge, .compressionDamaged, .unknownFormat, .malformed, .tooManyOrders,
            .ordersRefused:
            false
        }
    }

    /// Whether dropping the same bytes once more can succeed.
    var isRetryable: Bool {
        switch self {
        case .symlink, .notAFile, .directory, .hardLink, .unreadable, .changedWhileRead, .ordersRefused: true
        default: false
        }
    }

    /// What its sender can do.
    var hint: String {
        switch self {
        case .symlink: "drop the file itself, not a symbolic link to it"
        case .notAFile: "drop regular files only"
        case .directory: "drop the files one by one, not a directory"
        case .hardLink: "the file has a second name; remove it, or drop a copy"
        case .unreadable: "let the group read the file (chmod g+r), then drop it again"
        case .empty: "the file has no bytes; was its writer interrupted?"
        case .tooLarge: "divide the file; spool.maximumFileBytes and spool.maximumTextBytes are the limits"
        case .changedWhileRead:
            "the file was written to while it was read; drop it under a temporary name and rename it"
        case .checksumMismatch: "the file is not the one that its .sha256 tells of; send both again"
        case .compressionDamaged: "the compressed data is damaged; compress and send the file again"
        case .unknownFormat: "name the file .json, .ndjson, .jsonl or .csv, with .gz or .zst behind it if compressed"
        case .malformed: "mend what the errors name, and drop the file again"
        case .truncated: "the file ends in the middle; send it again under a temporary name and rename it"
        case .countMismatch: "the file has another number of orders than was said; send it again"
        case .tooManyOrders: "divide the file; with all-or-nothing its orders are one transaction"
        case .ordersRefused: "mend the records in the file of rejects, and drop that file"
        }
    }
}

/// A file that is not taken, and where on its way that turned out.
struct Rejection: Error, Sendable {
    enum Stage: String, Sendable {
        case claim, copy, validate, commit
    }

    let stage: Stage
    let code: RejectionCode
    /// The place in the file, where there is one.
    var error: FileFault?

    init(_ stage: Stage, _ code: RejectionCode, _ error: FileFault? = nil) {
        self.stage = stage
        self.code = code
        self.error = error
    }
}

/// Something that is wrong at one place of a file.
struct FileFault: Sendable, Hashable {
    var record: Int?
    var line: Int?
    var byte: Int64?
    var fault: RecordFault
}
