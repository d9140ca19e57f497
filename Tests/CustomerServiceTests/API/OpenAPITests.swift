import Commerce
import Daemon
import Foundation
import Postgres
import TestSupport
import Testing

@testable import CustomerService

@Suite("The OpenAPI description of customerd")
struct OpenAPITests {
    private static let operations = ["/livez", "/metrics", "/openapi.json", "/readyz"]

    @Test("describes exactly the paths and methods that are there")
    func routes() throws {
        let pool = try PostgresPool(ConnectionOptions(["host": "nowhere"]), name: "none", size: 1, logger: quietLogger)
        var routes = Routes(metrics: PrometheusMetrics())
        CustomerController(profiles: ProfileStore(pool: pool), summaries: SummaryStore(pool: pool, currency: .usd))
            .addRoutes(to: &routes)
        var described: [String: [String]] = [:]
        guard case .object(let paths)? = try document["paths"] else { throw TestFailure("no paths") }
        for path in paths {
            guard case .object(let members) = path.value else { continue }
            described[path.name] = members.map(\.name).filter { $0 != "parameters" }.map { $0.uppercased() }.sorted()
        }
        for path in Self.operations { #expect(described.removeValue(forKey: path) == ["GET"]) }
        #expect(described == Dictionary(uniqueKeysWithValues: routes.list.map { ($0.path, $0.methods) }))
    }

    @Test("refers only to what it has")
    func references() throws {
        for reference in Self.references(in: try document) {
            var place: JSON? = try document
            for step in reference.split(separator: "/").dropFirst() { place = place?[String(step)] }
            #expect(place != nil, "\(reference)")
        }
    }

    @Test("names the members of a profile and of the statistics as they are written")
    func members() throws {
        var writer = JSONWriter()
        let key = try #require(CustomerKey("1"))
        writer.profile(
            CustomerProfile(id: key, details: ProfileDetails(), createdAt: .now, updatedAt: .now, version: 1))
        #expect(try names(writer.bytes) == required("Customer"))
        writer = JSONWriter()
        writer.summary(
            CustomerSummary(
                customer: key, totalOrders: 0, totalSpent: Money(minorUnits: 0, currency: .usd), cancelledOrders: 0,
                firstOrderDate: nil, recent: []))
        #expect(try names(writer.bytes) == required("CustomerOrders"))
    }

    private var document: JSON {
        get throws { try JSON.parse(CustomerService.openAPI).value }
    }

    private func names(_ bytes: [UInt8]) throws -> [JSON] {
        guard case .object(let members) = try JSON.parse(bytes).value else { return [] }
        return members.map { .string($0.name) }
    }

    private func required(_ schema: String) throws -> [JSON] {
        guard case .array(let names)? = try document["components"]?["schemas"]?[schema]?["required"] else { return [] }
        return names
    }

    private static func references(in value: JSON) -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { member in
                if case .string(let text) = member.value, member.name == "$ref" { return [text] }
                return references(in: member.value)
            }
        case .array(let elements): elements.flatMap(references)
        default: []
        }
    }
}
