import AdminChannel
import Commerce
import Files

// Files that operators hand in.

extension SpoolDesk {
    /// How many files operators may be sending, or be waiting for, at once. Each has a connection meanwhile, and while
    /// nothing is claimed all of them wait: some connections must be left over, to `resume ingest`.
    static let mostImports = 8

    /// Begins with a file that an operator sends; ``endImport(_:)`` must follow.
    ///
    /// - Throws: `AdminEnd`; `FileError`.
    func beginImport(_ name: FileName, as partner: Partner) throws -> IncomingFile {
        guard imports < Self.mostImports else {
            throw AdminEnd(.wrongState, "\(imports) files are being imported already; try again when one has ended")
        }
        let file = ClaimedFile(id: FileID(UUIDv7.shared.next()), partner: partner, originalName: name)
        let incoming = try IncomingFile(file, parts: parts, on: importing)
        imports += 1
        return incoming
    }

    func endImport(_ incoming: IncomingFile) async {
        imports -= 1
        await incoming.abandon()
    }

    /// - Throws: `AdminEnd` for one that nobody has ever heard of: his orders would all be new.
    func partner(_ name: String) throws -> Partner {
        if name != Partner.operators {
            let known = try parts.directory.drop().names().map { "\($0)" }.filter(Partner.isName).sorted()
            guard known.contains(name) else {
                throw AdminEnd(
                    .notFound,
                    "there is no partner '\(name.prefix(64))'; drop/ has: \(known.joined(separator: ", "))")
            }
        }
        return Partner(name: name, ways: parts.configuration.ways(of: name))
    }

    /// What became of the first file of the same bytes; `nil` where the database doesn't know it any more.
    func counts(of id: String) async throws -> SpoolEntry.Counts? {
        guard let id = FileID(id) else { return nil }
        return try await parts.writing.store.progress(of: [id])[id]?.counts
    }
}
