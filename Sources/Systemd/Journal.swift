import CLibsystemd
import Glibc

/// The systemd journal, to which entries are sent as fields (sd_journal_send(3)).
public enum Journal {
    /// Whether stderr is connected to the journal: its device and inode are the ones that `JOURNAL_STREAM` names
    /// (systemd.exec(5), "$JOURNAL_STREAM").
    public static var isStandardError: Bool {
        isStream(2, named: getenv("JOURNAL_STREAM").map { String(cString: $0) })
    }

    /// - Parameter stream: `device:inode`, in decimal.
    static func isStream(_ descriptor: Int32, named stream: String?) -> Bool {
        guard let stream else { return false }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// Sends one entry. What the journal doesn't take is lost: logging never stops the service.
    ///
    /// - Parameter fields: `NAME=value` each.
    static func send(_ fields: [[UInt8]]) {
        // One buffer for all, so that every field has an address that holds during the call.
        var bytes = fields.flatMap { $0 }
        bytes.withUnsafeMutableBytes { buffer in
            guard var start = buffer.baseAddress else { return }
            let vectors = fields.map { field in
                defer { start += field.count }
                return iovec(iov_base: start, iov_len: field.count)
            }
            _ = sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }
}
