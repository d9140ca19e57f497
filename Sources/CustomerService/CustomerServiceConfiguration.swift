import Commerce
public import Daemon

/// Everything that can be set for customerd, read once at the start.
public struct CustomerServiceConfiguration: ServiceConfiguration {
    public let shared: SharedConfiguration
    let currency: Currency
    /// Batches of events that are applied side by side.
    let consumerWorkers: Int
    let consumerBatchSize: Int
    let consumerAttempts: Int
    /// Where productd answers operators, for comparing with it.
    let productdSocket: String

    private static let sharedSettings = SharedSettings(name: "customerd", port: 3_002, databaseName: "customers_db")
    private static let workers = Setting.integer(
        "consumer.workers", default: 2, in: 1...64, "Batches of order events that are applied side by side.")
    private static let batchSize = Setting.integer(
        "consumer.batchSize", default: 500, in: 1...5_000, "Order events that one transaction takes at most.")
    private static let attempts = Setting.integer(
        "consumer.attempts", default: 5, in: 1...1_000,
        "Failures after which a message that might succeed is parked all the same.")

    private static let productdSocket = Setting.text(
        "productd.adminSocket", default: "/run/productd/admin.sock",
        "productd's admin socket: customerctl reconcile compares with what it answers.")

    public static var settings: [any SettingDeclaration] {
        sharedSettings.all + [Setting.currency, workers, batchSize, attempts, productdSocket]
    }

    public init(_ values: SettingValues) throws(ConfigurationError) {
        shared = SharedConfiguration(values, Self.sharedSettings)
        currency = values[Setting.currency]
        consumerWorkers = values[Self.workers]
        consumerBatchSize = values[Self.batchSize]
        consumerAttempts = values[Self.attempts]
        productdSocket = values[Self.productdSocket]
    }
}
