import Glibc

/// The names of this process's threads, as `/proc/self/task` has them.
func threadNames() throws -> [String] {
    guard let directory = opendir("/proc/self/task") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let task = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard let file = fopen("/proc/self/task/\(task)/comm", "r") else { continue }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 64)
        let length = fread(&line, 1, line.count, file)
        names.append(String(decoding: line[..<length], as: UTF8.self))
    }
    return names
}
