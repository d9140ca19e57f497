import Glibc

/// Where the tool writes: each line in one write(2), so that it is there at once.
enum TextStream: Int32 {
    case output = 1
    case error = 2

    func write(_ line: String) {
        put(line + "\n")
    }

    /// Writes a piece of a line.
    func put(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody reads it any more, as behind `| head`.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
