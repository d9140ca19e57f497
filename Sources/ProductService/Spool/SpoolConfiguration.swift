import Daemon
import Files

/// Where files of orders come in, and how they are treated.
struct SpoolConfiguration: Sendable {
    /// `nil`: there is no spool.
    let directory: String?
    let ways: PartnerWays
    let named: [String: PartnerWays]
    let quiesce: Duration
    let scanInterval: Duration
    let patience: Duration
    let lanes: Int
    let chunkSize: Int
    let limits: SpoolLimits
    let retention: Duration

    static let settings: [any SettingDeclaration] = [
        directory, partners, settle, quiesce, policy, scanInterval, patience, lanes, chunkSize, maximumFileBytes,
        maximumTextBytes, maximumAtomicOrders, minimumFreeBytes, retention,
    ]

    private static let directory = Setting.optionalText(
        "spool.directory", "The directory that files of orders are dropped into; without it there is no spool.")
    private static let partners = Setting<String>.text(
        "spool.partners", default: "",
        "Partners and their ways, such as: acme settle=marker policy=all-or-nothing; beta settle=rename.")
    private static let settle = Setting.choice(
        "spool.settle", default: SettleWay.quiesce,
        "How it is known that a file is whole: rename, marker or quiesce.")
    private static let quiesce = Setting.duration(
        "spool.quiesce", default: .seconds(5), in: .milliseconds(50)...(.seconds(3_600)),
        "How long a file must stay the same, with settle=quiesce.")
    private static let policy = Setting.choice(
        "spool.policy", default: OrderPolicy.perOrder,
        "per-order (good orders go in, bad ones into rejects) or all-or-nothing.")
    private static let scanInterval = Setting.duration(
        "spool.scanInterval", default: .seconds(10), in: .milliseconds(100)...(.seconds(3_600)),
        "How often the drop directories are looked through, whatever inotify says.")
    private static let patience = Setting.duration(
        "spool.patience", default: .seconds(60), in: .milliseconds(100)...(.seconds(86_400)),
        "How long a file that is cut off, changing, unreadable or linked is tried again before it is refused.")
    private static let lanes = Setting.integer(
        "spool.lanes", default: 4, in: 1...64, "Files that are worked on side by side.")
    private static let chunkSize = Setting.integer(
        "spool.chunkSize", default: 1_000, in: 1...5_000, "Orders of one file that one transaction takes.")
    private static let maximumFileBytes = Setting.integer(
        "spool.maximumFileBytes", default: 1 << 30, in: 1...(1 << 44), "Larger files are refused.")
    private static let maximumTextBytes = Setting.integer(
        "spool.maximumTextBytes", default: 1 << 32, in: 1...(1 << 44), "Files that decompress to more are refused.")
    private static let maximumAtomicOrders = Setting.integer(
        "spool.maximumAtomicOrders", default: 10_000, in: 1...100_000,
        "Orders that a file may have with policy=all-or-nothing: they are one transaction.")
    private static let minimumFreeBytes = Setting.integer(
        "spool.minimumFreeBytes", default: 1 << 28, in: 0...(1 << 44),
        "With less room on its file system nothing is claimed.")
    private static let retention = Setting.duration(
        "spool.retention", default: .seconds(30 * 86_400), in: .seconds(60)...(.seconds(3_650 * 86_400)),
        "How long done/ and receipts/ are kept; rejected/ is never deleted.")

    init(_ values: SettingValues) throws(ConfigurationError) {
        directory = values[Self.directory]
        ways = PartnerWays(settle: values[Self.settle], policy: values[Self.policy])
        named = try PartnerWays.named(in: values[Self.partners], otherwise: ways)
        quiesce = values[Self.quiesce]
        scanInterval = values[Self.scanInterval]
        patience = values[Self.patience]
        lanes = values[Self.lanes]
        chunkSize = values[Self.chunkSize]
        limits = SpoolLimits(
            fileBytes: Int64(values[Self.maximumFileBytes]), textBytes: Int64(values[Self.maximumTextBytes]),
            atomicOrders: values[Self.maximumAtomicOrders], freeBytes: Int64(values[Self.minimumFreeBytes]))
        retention = values[Self.retention]
    }
}

extension SpoolConfiguration {
    /// What is agreed with a partner.
    func ways(of partner: String) -> PartnerWays { named[partner] ?? ways }
}

/// How large things may be, and how little room may be left.
struct SpoolLimits: Sendable {
    let fileBytes: Int64
    /// Of the decompressed text.
    let textBytes: Int64
    /// In a file that takes all or none.
    let atomicOrders: Int
    let freeBytes: Int64
    let freeInodes: Int64 = 1_000
}

extension SpoolLimits {
    /// Whether a file can be one transaction, and one piece of memory.
    ///
    /// - Throws: ``Rejection``; `FileError`.
    func checkAtomic(_ survey: Survey, _ text: OpenFile) throws {
        guard survey.records <= atomicOrders, try text.status().size <= 64 << 20 else {
            throw Rejection(.validate, .tooManyOrders)
        }
    }
}
