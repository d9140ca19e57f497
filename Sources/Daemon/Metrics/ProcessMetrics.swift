import FoundationEssentials
import Glibc

/// What the kernel knows about this process, under the names that Prometheus' client libraries use.
enum ProcessMetrics {
    static func register(in metrics: PrometheusMetrics) {
        let started = Date.now.timeIntervalSince1970
        metrics.observe("process_start_time_seconds", help: "Start of the process, in seconds since 1970.") { started }
        metrics.observe(
            "process_cpu_seconds_total", help: "Processor time used, user and system.", isCounter: true, cpuSeconds)
        metrics.observe("process_resident_memory_bytes", help: "Resident memory.", residentBytes)
        metrics.observe("process_open_fds", help: "Open file descriptors.", openDescriptors)
        metrics.observe("process_max_fds", help: "The most file descriptors that may be open.", maximumDescriptors)
        metrics.observe("process_threads", help: "Threads of the process.", threads)
    }

    /// clock(3) counts the processor time of the whole process, in units that POSIX fixes to microseconds.
    @Sendable private static func cpuSeconds() -> Double {
        Double(clock()) / 1_000_000
    }

    /// The second number of `/proc/self/statm` (proc_pid_statm(5)) is the resident pages.
    @Sendable private static func residentBytes() -> Double {
        let pages =
            firstLine(of: "/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Sendable private static func openDescriptors() -> Double {
        Double(entries(of: "/proc/self/fd") - 1)  // without the one that reads the directory
    }

    @Sendable private static func threads() -> Double {
        Double(entries(of: "/proc/self/task"))
    }

    @Sendable private static func maximumDescriptors() -> Double {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Double(limit.rlim_cur)
    }

    private static func entries(of path: String) -> Int {
        guard let directory = opendir(path) else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count - 2  // "." and ".."
    }

    private static func firstLine(of path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return "" }
        return String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
