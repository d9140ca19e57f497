import Files

/// The second file by which a partner says that the first one is whole: `name.ok`, empty or with the number of orders,
/// or `name.sha256`, as `sha256sum` prints it.
struct Marker: Sendable, Hashable {
    let name: FileName
    /// What it says of the file, beyond its being whole.
    let claim: Claim

    enum Claim: Sendable, Hashable {
        case nothing
        case orders(Int)
        case sha256([UInt8])
        /// It says something that nobody can read: to be treated like a wrong checksum.
        case illegible
    }

    static func names(for file: FileName) -> [FileName] { [file + ".sha256", file + ".ok"] }

    /// The file that a name would be the marker of.
    static func file(markedBy name: FileName) -> FileName? {
        for ending in [".sha256", ".ok"] where name.hasSuffix(ending) && name.bytes.count > ending.utf8.count {
            return FileName(bytes: Array(name.bytes.dropLast(ending.utf8.count)))
        }
        return nil
    }

    /// The markers that a file has in a directory.
    ///
    /// - Throws: `FileError`.
    static func all(of file: FileName, in directory: Directory) throws(FileError) -> [Marker] {
        var markers: [Marker] = []
        // To a name that is too long for an ending there is no marker.
        for name in names(for: file) where name.bytes.count <= FileName.maximumLength {
            let marker: OpenFile
            do throws(FileError) { marker = try directory.open(name) } catch  where error.isMissing { continue }
            guard try marker.status().kind == .regular else { continue }
            markers.append(Marker(name: name, text: try text(of: marker)))
        }
        return markers
    }

    init(name: FileName, text: String) {
        self.name = name
        let word = text.split { $0.isWhitespace }.first.map(String.init)
        claim =
            switch word {
            case nil: name.hasSuffix(".ok") ? .nothing : .illegible
            case let word? where name.hasSuffix(".ok"): Int(word).map { .orders($0) } ?? .nothing
            case let word?: Self.digest(word).map { .sha256($0) } ?? .illegible
            }
    }

    private static func text(of file: OpenFile) throws(FileError) -> String {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(FileError) in try file.read(into: buffer) }
        }
        return String(decoding: bytes.prefix(try result.get()), as: UTF8.self)
    }

    private static func digest(_ text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard text.count == 64, digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
