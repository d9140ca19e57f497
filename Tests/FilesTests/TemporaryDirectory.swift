import Files
import Foundation

/// Runs a test with an empty directory of its own.
func withTemporaryDirectory(_ body: (Directory) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(Directory.open(url.path))
}
