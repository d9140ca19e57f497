import Commerce
import Files

/// What a ``RetryID`` identifies.
enum RetryKind {}
/// One time of trying an ended file again.
typealias RetryID = Identifier<RetryKind>

/// Says that a file which was ended is to be tried again: `.retry` in its directory, until it is ended again.
///
/// The file's row names the retry that it is about. So after a crash it is known whether this one has begun: begun twice,
/// it would take orders twice that have no `externalId`.
enum RetryNote {
    static let name: FileName = ".retry"

    /// - Returns: `nil` where there is none.
    /// - Throws: `FileError`.
    static func read(in home: Directory) throws(FileError) -> RetryID? {
        do throws(FileError) {
            return RetryID(String(decoding: try home.contents(of: name, atMost: 36), as: UTF8.self))
        } catch  where error.isMissing {
            return nil
        }
    }

    /// Writes it, and waits until it is on the disk.
    ///
    /// - Throws: `FileError`.
    static func write(_ retry: RetryID, in home: Directory) throws(FileError) {
        try home.write(Array("\(retry)\n".utf8), to: name, by: ".new.retry", mode: 0o600)
        try home.sync()
    }
}
