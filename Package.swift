// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioExtras = Target.Dependency.product(name: "NIOExtras", package: "swift-nio-extras")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "tradepost",
    products: [
        .executable(name: "productd", targets: ["productd"]),
        .executable(name: "customerd", targets: ["customerd"]),
        .executable(name: "productctl", targets: ["productctl"]),
        .executable(name: "customerctl", targets: ["customerctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.34.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The C libraries, as Debian installs them.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibrabbitmq", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
        .systemLibrary(name: "CLibcsv", providers: [.apt(["libcsv-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLibzstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CLibsystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),

        // Their wrappers. None of them knows what an order is.
        .target(name: "Threads", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "Files", dependencies: ["CLinux", "Threads"], swiftSettings: strict),
        .target(
            name: "Postgres", dependencies: ["CLibpq", "Threads", logging, lifecycle, deque, crypto],
            swiftSettings: strict),
        .target(name: "RabbitMQ", dependencies: ["CLibrabbitmq", "Threads", logging, deque], swiftSettings: strict),
        .target(name: "Systemd", dependencies: ["CLibsystemd", logging], swiftSettings: strict),

        // The words both daemons share, and the chassis both stand on.
        .target(name: "Commerce", swiftSettings: strict),
        .target(
            name: "AdminChannel", dependencies: ["CLinux", "Commerce", "Threads", logging, lifecycle],
            swiftSettings: strict),
        .target(
            name: "Daemon",
            dependencies: [
                "AdminChannel", "Commerce", "Postgres", "RabbitMQ", "Systemd", "Threads",
                hummingbird, configuration, arguments, logging, metrics, lifecycle,
                hummingbirdCore, signals, httpTypes, nioCore, nioPosix, nioExtras, nioHTTP1, nioHTTPTypes,
            ],
            resources: [.embedInCode("Admin/Tables")], swiftSettings: strict),

        // The two services, and the two programs.
        .target(
            name: "ProductService",
            dependencies: [
                "AdminChannel", "CLibcsv", "CLibzstd", "CZlib", "Commerce", "Daemon", "Files", "Postgres", "RabbitMQ",
                "Threads",
                hummingbird, arguments, configuration, logging, metrics, lifecycle, deque, heap, crypto,
            ],
            resources: [.embedInCode("Migrations"), .embedInCode("API/openapi.json")],
            swiftSettings: strict),
        .target(
            name: "CustomerService",
            dependencies: [
                "AdminChannel", "Commerce", "Daemon", "Postgres", "RabbitMQ", "Threads",
                httpTypes, hummingbird, logging, lifecycle, crypto,
            ],
            resources: [.embedInCode("Migrations"), .embedInCode("API/openapi.json")],
            swiftSettings: strict),
        .executableTarget(name: "productd", dependencies: ["Daemon", "ProductService"], swiftSettings: strict),
        .executableTarget(name: "customerd", dependencies: ["Daemon", "CustomerService"], swiftSettings: strict),

        // What operators type.
        .target(
            name: "AdminTool", dependencies: ["AdminChannel", "Commerce", arguments],
            resources: [.embedInCode("Commands")], swiftSettings: strict),
        .executableTarget(name: "productctl", dependencies: ["AdminTool"], swiftSettings: strict),
        .executableTarget(name: "customerctl", dependencies: ["AdminTool"], swiftSettings: strict),

        // Requests that nobody would type, by the million (make fuzz), and fewer in the tests.
        .target(
            name: "RequestFuzzing", dependencies: ["AdminChannel"], path: "Tests/Fuzzing/Requests",
            swiftSettings: strict),
        .executableTarget(
            name: "fuzz-requests", dependencies: ["RequestFuzzing", arguments], path: "Tests/Fuzzing/Program",
            swiftSettings: strict),

        // What benchmarks compare with, and what loads the daemons.
        .executableTarget(
            name: "tradepost-bench",
            dependencies: [
                "Commerce", "CustomerService", "Daemon", "Files", "Postgres", "ProductService", "Threads", arguments,
                httpTypes, hummingbird, logging, nioCore, nioHTTP1, nioPosix,
            ],
            path: "benchmarks/program", swiftSettings: strict),
        .executableTarget(
            name: "broker-loop", dependencies: ["CLibrabbitmq"], path: "benchmarks/broker",
            cSettings: [.headerSearchPath("../../Sources/CLibrabbitmq")]),

        // What is counted so that it doesn't grow.
        .executableTarget(
            name: "micro", dependencies: ["Commerce", "Postgres", "ProductService", arguments],
            path: "benchmarks/micro", exclude: ["run", "limits.tsv"], swiftSettings: strict),

        .testTarget(
            name: "SystemdTests", dependencies: ["Systemd", "TestSupport", "Threads", logging], swiftSettings: strict),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Commerce", "Daemon", "Postgres", "TestSupport", "Threads", hummingbird, logging, metrics, lifecycle,
            ],
            swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Postgres", "Threads", logging], path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(
            name: "CommerceTests", dependencies: ["Commerce", "TestSupport"], resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "ProductServiceTests",
            dependencies: ["CLibzstd", "CZlib", "Commerce", "Daemon", "Files", "ProductService", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "CustomerServiceTests",
            dependencies: [
                "Commerce", "CustomerService", "Daemon", "Postgres", "RabbitMQ", "TestSupport", "Threads", logging,
                lifecycle,
            ],
            resources: [.embedInCode("Fixtures")], swiftSettings: strict),
        .testTarget(
            name: "SystemTests",
            dependencies: [
                "Commerce", "Daemon", "Postgres", "RabbitMQ", "TestSupport", "Threads", "productd", "customerd",
                "productctl", "customerctl",
                crypto, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "TestSupport", "Threads", logging, lifecycle],
            swiftSettings: strict),
        .testTarget(
            name: "RabbitMQTests", dependencies: ["CLibrabbitmq", "RabbitMQ", "TestSupport", "Threads", logging],
            swiftSettings: strict),
        .testTarget(
            name: "AdminChannelTests",
            dependencies: ["AdminChannel", "Commerce", "RequestFuzzing", "Threads", logging, lifecycle],
            swiftSettings: strict),
        .testTarget(name: "AdminToolTests", dependencies: ["AdminTool", "Commerce"], swiftSettings: strict),
        .testTarget(name: "FilesTests", dependencies: ["Files", "Threads"], swiftSettings: strict),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
