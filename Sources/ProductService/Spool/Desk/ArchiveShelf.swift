import Commerce
import Files
import FoundationEssentials

/// `done/` or `rejected/`: a directory a day, in it one for each file that was ended on that day.
struct ArchiveShelf {
    let archive: Directory

    /// How many receipts are read for one question at most: looking for a rare partner's would otherwise take for ever.
    static let mostReceipts = 20_000

    /// Hands over the receipts of the newest files, as many as are asked for or a few more.
    ///
    /// - Returns: Whether there are no more of those that are asked for.
    /// - Throws: `FileError`.
    func forEachReceipt(_ question: SpoolSurvey.Question, _ visit: (StoredReceipt) -> Void) throws -> Bool {
        var before = question.before
        var (looked, found) = (0, 0)
        while found < question.limit {
            let page = try newest(max(question.limit, 500), before: before)
            for (day, id) in page {
                guard let home = try? archive.directory(day).directory(FileName("\(id)")),
                    let receipt = StoredReceipt(in: home), question.wants(partner: receipt.partner)
                else { continue }
                visit(receipt)
                found += 1
                if found == question.limit { return true }
            }
            looked += page.count
            guard page.count >= max(question.limit, 500), let last = page.last else { return true }
            guard looked < Self.mostReceipts else { return false }
            before = last.id.age
        }
        return true
    }

    /// The newest ids, newest first, with their days.
    private func newest(_ limit: Int, before: Age?) throws -> [(day: FileName, id: FileID)] {
        var newest = Newest<(day: FileName, id: FileID)>(limit)
        let days = try archive.names().sorted { $1.bytes.lexicographicallyPrecedes($0.bytes) }
        for day in days {
            // A file is never ended before it is claimed: in earlier days' directories all are older.
            if let oldest = newest.oldest, let end = Self.end(of: day), oldest.milliseconds >= end { break }
            guard let directory = try? archive.directory(day) else { continue }
            try directory.forEachName { name in
                guard let id = FileID("\(name)") else { return true }
                let age = id.age
                if before.map({ age < $0 }) ?? true { newest.offer((day, id), age) }
                return true
            }
        }
        return newest.elements
    }

    /// The directory of a file, and the day's that it is in.
    ///
    /// - Throws: `FileError`.
    func find(_ id: FileID) throws -> (day: Directory, home: Directory)? {
        let name = FileName("\(id)")
        for day in try archive.names() {
            guard let directory = try? archive.directory(day) else { continue }
            if let home = try? directory.directory(name) { return (directory, home) }
        }
        return nil
    }

    private static func end(of day: FileName) -> Int64? {
        Date(rfc3339: "\(day)T00:00:00Z").map { Int64($0.timeIntervalSince1970 * 1_000) + 86_400_000 }
    }
}

extension FileID {
    /// When the file was claimed.
    var age: Age {
        Age(milliseconds: Int64((uuid.timestamp ?? .distantPast).timeIntervalSince1970 * 1_000), id: "\(self)")
    }
}
