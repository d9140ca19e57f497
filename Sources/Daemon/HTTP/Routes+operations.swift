import HTTPTypes
import Hummingbird

extension Routes {
    /// Adds what operators ask a daemon: `/livez`, `/readyz`, `/metrics` and `/openapi.json`.
    ///
    /// - Parameter openAPI: The service's description, JSON.
    public mutating func addOperations(health: Health, metrics: PrometheusMetrics, openAPI: [UInt8]) {
        ProcessMetrics.register(in: metrics)
        // Alive means: this process answers. Whether it can work is for /readyz; restarting it would not help.
        get("/livez") { _, _ in
            .json(Array(#"{"status":"alive"}"#.utf8), headers: [.cacheControl: "no-store"])
        }
        get("/readyz") { _, _ in
            var status = HTTPResponse.Status.ok
            if case .down = health.overall { status = .serviceUnavailable }
            return .json(health.document(), status: status, headers: [.cacheControl: "no-store"])
        }
        get("/metrics") { _, _ in
            .bytes(metrics.exposition(), contentType: "text/plain; version=0.0.4; charset=utf-8")
        }
        get("/openapi.json") { _, _ in
            .json(openAPI)
        }
    }
}
