import Commerce
public import Daemon

/// Everything that can be set for productd, read once at the start.
public struct ProductServiceConfiguration: ServiceConfiguration {
    public let shared: SharedConfiguration
    let currency: Currency
    let orders: OrderConfiguration
    let outbox: OutboxConfiguration
    let spool: SpoolConfiguration
    /// Where customerd answers operators, for what it knows of an order.
    let customerdSocket: String

    private static let sharedSettings = SharedSettings(name: "productd", port: 3_001, databaseName: "products_db")

    private static let currencySetting = Setting<Currency>.currency

    private static let customerdSocket = Setting.text(
        "customerd.adminSocket", default: "/run/customerd/admin.sock",
        "customerd's admin socket: productctl order trace asks it when an order was applied.")

    public static var settings: [any SettingDeclaration] {
        sharedSettings.all + [Self.currencySetting, customerdSocket] + OrderConfiguration.settings
            + OutboxConfiguration.settings
            + SpoolConfiguration.settings
    }

    public init(_ values: SettingValues) throws(ConfigurationError) {
        shared = SharedConfiguration(values, Self.sharedSettings)
        currency = values[Self.currencySetting]
        orders = OrderConfiguration(values)
        outbox = OutboxConfiguration(values)
        spool = try SpoolConfiguration(values)
        customerdSocket = values[Self.customerdSocket]
    }
}

/// How orders are written.
struct OrderConfiguration: Sendable {
    let writers: Int
    let batchSize: Int
    let queueCapacity: Int
    let deadline: Duration
    let keyRetention: Duration

    static let settings: [any SettingDeclaration] = [writers, batchSize, queueCapacity, deadline, keyRetention]

    private static let writers = Setting.integer(
        "order.writers", default: 2, in: 1...64, "Batches of orders that are committed side by side.")
    private static let batchSize = Setting.integer(
        "order.batchSize", default: 256, in: 1...5_000,
        "Single orders that one transaction takes at most; those of a stream come up to about 1,000 together.")
    private static let queueCapacity = Setting.integer(
        "order.queueCapacity", default: 8_192, in: 1...1_000_000,
        "Orders that may be without an outcome; more are answered 503.")
    private static let deadline = Setting.duration(
        "order.deadline", default: .seconds(10), in: .seconds(1)...(.seconds(300)),
        "How long a batch may take before its connection is given up and its orders are answered 503.")
    private static let keyRetention = Setting.duration(
        "idempotency.retention", default: .seconds(7 * 86_400), in: .seconds(60)...(.seconds(3_650 * 86_400)),
        "How long a repeated request is recognised by its Idempotency-Key.")

    init(_ values: SettingValues) {
        writers = values[Self.writers]
        batchSize = values[Self.batchSize]
        queueCapacity = values[Self.queueCapacity]
        deadline = values[Self.deadline]
        keyRetention = values[Self.keyRetention]
    }
}

/// How events are brought to the broker.
struct OutboxConfiguration: Sendable {
    let lanes: Int
    let batchSize: Int
    let highWater: Int
    let confirmDeadline: Duration
    let drainTime: Duration
    let history: Duration

    static let settings: [any SettingDeclaration] = [lanes, batchSize, highWater, confirmDeadline, drainTime, history]

    private static let lanes = Setting.integer(
        "outbox.lanes", default: 2, in: 1...64, "Batches of events that are published side by side.")
    private static let batchSize = Setting.integer(
        "outbox.batchSize", default: 500, in: 1...5_000, "Events that one transaction claims at most.")
    private static let highWater = Setting.integer(
        "outbox.highWater", default: 1_000_000, in: 1...1_000_000_000,
        "Events that may wait for the broker; beyond it orders are answered 503.")
    private static let confirmDeadline = Setting.duration(
        "outbox.confirmDeadline", default: .seconds(15), in: .seconds(1)...(.seconds(300)),
        "How long the broker may take to confirm a batch before its connection is given up.")
    private static let drainTime = Setting.duration(
        "outbox.drainTime", default: .seconds(5), in: .milliseconds(100)...(.seconds(60)),
        "How long stopping goes on publishing what is in the outbox.")
    private static let history = Setting.duration(
        "outbox.history", default: .seconds(86_400), in: .zero...(.seconds(3_650 * 86_400)),
        "How long it is known when an event was published (productctl order trace); 0 for not at all.")

    init(_ values: SettingValues) {
        lanes = values[Self.lanes]
        batchSize = values[Self.batchSize]
        highWater = values[Self.highWater]
        confirmDeadline = values[Self.confirmDeadline]
        drainTime = values[Self.drainTime]
        history = values[Self.history]
    }
}
