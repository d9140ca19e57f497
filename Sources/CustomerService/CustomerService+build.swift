public import Daemon
public import Postgres

/// customerd: keeps customers' profiles, and the statistics of their orders from the events that tell of them.
public enum CustomerService: DaemonDefinition {
    public static let name = "customerd"
    public static let abstract = "Keeps customers' profiles and the statistics of their orders."
    public static let openAPI = PackageResources.openapi_json

    public static let migrations: [Migration] = [
        Migration(
            version: 1, name: "customers, orders, statistics",
            sql: String(decoding: PackageResources.customers_0001_sql, as: UTF8.self)),
        AdminTables.migration(version: 2),
        Migration(
            version: 3, name: "when orders were applied",
            sql: String(decoding: PackageResources.customers_0003_sql, as: UTF8.self)),
        Migration(
            version: 4, name: "short ANALYZE",
            sql: String(decoding: PackageResources.customers_0004_sql, as: UTF8.self)),
    ]

    /// The way of an event, from top to bottom: queue, consumer, projection, statistics, controller.
    public static func build(
        _ configuration: CustomerServiceConfiguration, on chassis: Chassis
    ) throws -> DaemonParts {
        let (shared, currency) = (configuration.shared, configuration.currency)
        let database = try shared.database.options(for: name)

        let pool = try PostgresPool(
            database, name: "customers", size: shared.database.poolSize, maximumWaiting: shared.database.poolWaiting,
            logger: chassis.logger)
        let consume = PausePoint("consume", "events from RabbitMQ")
        let broker = try shared.broker.options(for: name)
        let topology = OrderTopology(queue: shared.broker.queue, type: shared.broker.queueType)
        let consumer = try OrderEventConsumer(
            settings: OrderEventConsumer.Settings(
                database: database.readingByKey(), broker: broker, topology: topology,
                currency: currency,
                workers: configuration.consumerWorkers, batchSize: configuration.consumerBatchSize,
                maximumAttempts: configuration.consumerAttempts, drainTime: .seconds(10)),
            pausePoint: consume, chassis: chassis)

        var routes = Routes(metrics: chassis.metrics)
        CustomerController(profiles: ProfileStore(pool: pool), summaries: SummaryStore(pool: pool, currency: currency))
            .addRoutes(to: &routes)
        return DaemonParts(
            services: [pool, PoolWatch(pool, on: chassis), consumer], routes: routes, pausePoints: [consume],
            // What was taken from the queue is applied when the consumer is quiet.
            drain: DrainPlan(pausing: ["consume"], until: "events are in hand") { 0 },
            adminCommands: [
                CustomerCommands(pool: pool, currency: currency).all,
                DeadLetterCommands(broker: broker, topology: topology, logger: chassis.logger).all,
                [
                    ReconcileCommand(pool: pool, currency: currency, productdSocket: configuration.productdSocket)
                        .command,
                    ConsumerStatusCommand(
                        topology: topology, workers: configuration.consumerWorkers,
                        prefetch: configuration.consumerBatchSize * 2, pausePoint: consume, chassis: chassis
                    ).command,
                ],
            ].flatMap { $0 },
            watched: [
                .rate("applied/s", of: #"order_events_total{outcome="applied"}"#),
                .rate("duplicates/s", of: #"order_events_total{outcome="duplicate"}"#),
                .level("workers", of: "order_event_workers_connected"),
            ])
    }
}
