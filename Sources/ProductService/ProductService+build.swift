public import ArgumentParser
public import Daemon
public import Postgres
import RabbitMQ
import ServiceLifecycle

/// productd: keeps the catalogue, takes orders, and publishes their events.
public enum ProductService: DaemonDefinition {
    public static let name = "productd"
    public static let abstract = "Keeps a product catalogue, takes orders, and publishes their events to RabbitMQ."
    public static let openAPI = PackageResources.openapi_json

    public static var commands: [any ParsableCommand.Type] { [CheckSpoolCommand.self] }

    public static let migrations: [Migration] = [
        Migration(
            version: 1, name: "catalogue, orders, outbox",
            sql: String(decoding: PackageResources.products_0001_sql, as: UTF8.self)),
        Migration(
            version: 2, name: "files of the spool",
            sql: String(decoding: PackageResources.products_0002_sql, as: UTF8.self)),
        AdminTables.migration(version: 3),
        Migration(
            version: 4, name: "files that are tried again",
            sql: String(decoding: PackageResources.products_0004_sql, as: UTF8.self)),
        Migration(
            version: 5, name: "when events were published",
            sql: String(decoding: PackageResources.products_0005_sql, as: UTF8.self)),
        Migration(
            version: 6, name: "short ANALYZE",
            sql: String(decoding: PackageResources.products_0006_sql, as: UTF8.self)),
    ]

    /// The way of an order, from top to bottom: controllers or spool, intake, queue, writer, outbox, relay.
    public static func build(_ configuration: ProductServiceConfiguration, on chassis: Chassis) throws -> DaemonParts {
        let logger = chassis.logger
        let currency = configuration.currency
        let database = try configuration.shared.database.options(for: name)

        let pool = try PostgresPool(
            database.with([("plan_cache_mode", "force_custom_plan")]), name: "products",
            size: configuration.shared.database.poolSize,
            maximumWaiting: configuration.shared.database.poolWaiting, waitTimeout: .seconds(5), logger: logger)
        let relayAlarm = try RelayAlarm()
        let http = PausePoint("http", "orders over HTTP")
        let ingest = PausePoint("ingest", "orders from files")
        let publish = PausePoint("publish", "events to RabbitMQ", resumed: relayAlarm.ring)
        let relay = try OutboxRelay(
            settings: OutboxRelay.Settings(
                // A deletion that is lost in a crash is an event published twice, which consumers must bear anyway:
                // no need to wait for the disk.
                database: database.readingByKey().with([("synchronous_commit", "off")]),
                broker: try configuration.shared.broker.options(for: name),
                topology: OrderTopology(
                    queue: configuration.shared.broker.queue, type: configuration.shared.broker.queueType),
                lanes: configuration.outbox.lanes, maximumBatch: configuration.outbox.batchSize,
                confirmDeadline: configuration.outbox.confirmDeadline, pollInterval: .seconds(1),
                drainTime: configuration.outbox.drainTime,
                keepsHistory: configuration.outbox.history > .zero),
            alarm: relayAlarm, pausePoint: publish, on: chassis)
        let outboxWatch = OutboxWatch(
            pool: pool, highWater: configuration.outbox.highWater, on: chassis)

        let queue = try OrderQueue(
            capacity: configuration.orders.queueCapacity, crowd: configuration.orders.batchSize / 2)
        let writer = try OrderWriter(
            queue: queue,
            settings: OrderWriter.Settings(
                database: database.readingByKey(), currency: currency,
                lanes: configuration.orders.writers,
                maximumBatch: configuration.orders.batchSize, deadline: configuration.orders.deadline,
                drainTime: configuration.orders.deadline),
            on: chassis, outboxFilled: relayAlarm.ring)
        let intake = OrderIntake(queue: queue, outbox: outboxWatch, http: http, ingest: ingest, currency: currency)

        let spoolDoor = SpoolDoor(configuration.spool)
        let spool = Spool(
            configuration.spool,
            writing: FileWriting(
                intake: intake, store: FileStore(pool: pool), chunkSize: configuration.spool.chunkSize),
            door: spoolDoor, on: chassis)

        var routes = Routes(metrics: chassis.metrics)
        OrderController(
            intake: intake, store: OrderStore(pool: pool, currency: currency), pool: pool, relayAlarm: relayAlarm
        ).addRoutes(to: &routes)
        OrderStreamController(intake: intake).addRoutes(to: &routes)
        CatalogueController(store: ProductStore(pool: pool, currency: currency), currency: currency)
            .addRoutes(to: &routes)

        let housekeeping = Housekeeping(
            pool: pool, keyRetention: configuration.orders.keyRetention,
            publicationHistory: configuration.outbox.history, schema: chassis.schema, logger: logger)
        var services: [any Service] = [pool, PoolWatch(pool, on: chassis), housekeeping, outboxWatch, relay, writer]
        if let spool { services.append(spool) }
        return DaemonParts(
            services: services, routes: routes, pausePoints: [http, ingest, publish],
            drain: DrainPlan(pausing: ["http", "ingest"], until: "orders or events are on their way") {
                let undecided = queue.depth
                return try await outboxWatch.count() + undecided
            },
            adminCommands: [
                OrderCommands(pool: pool, currency: currency, customerdSocket: configuration.customerdSocket).all,
                OutboxCommands(
                    pool: pool, highWater: configuration.outbox.highWater, health: chassis.health, publish: publish,
                    wakeRelay: relayAlarm.ring
                ).all,
                SpoolCommands(door: spoolDoor).all,
                SpoolFileCommands(door: spoolDoor).all,
                [ImportCommand(door: spoolDoor).command],
                OrderComparisonCommands(pool: pool).all,
                [ReplayCommand(pool: pool, outbox: outboxWatch, currency: currency, filled: relayAlarm.ring).command],
            ].flatMap(\.self),
            watched: [
                .rate("orders/s", of: #"orders_total{outcome="accepted"}"#),
                .rate("refused/s", of: #"orders_total{outcome="refused"}"#),
                .rate("published/s", of: #"outbox_events_total{outcome="confirmed"}"#),
                .level("outbox", of: "outbox_rows"), .level("files waiting", of: "spool_waiting_files"),
            ])
    }
}
