import Daemon
import Foundation
import TestSupport
import Testing

@Suite("The documentation says what the programs do")
struct DocumentationTests {
    private func page(_ name: String) throws -> String {
        try String(contentsOf: Script.root.appending(path: name), encoding: .utf8)
    }

    @Test("the README lists every setting of both daemons with its default", arguments: ["productd", "customerd"])
    func settings(program: String) async throws {
        let readme = try page("README.md")
        let table = try await RunningDaemon(program, environment: [:]).output(of: "check-config", "--table")
        let rows = table.split(separator: "\n").dropFirst(2)
        #expect(rows.count > 20)
        // The two defaults that differ between the daemons stand in one row.
        for row in rows where !row.contains("`HTTP_PORT`") && !row.contains("`DB_NAME`") {
            #expect(readme.contains(row), "the README lacks the row: \(row)")
        }
    }

    @Test("every problem type stands in docs/http.md with its status", arguments: ProblemType.shared)
    func problems(type: ProblemType) throws {
        #expect(try page("docs/http.md").contains("| `\(type.slug)` | \(type.status) |"))
    }

    @Test("every kind of message stands in docs/operating.md", arguments: LogKind.allCases)
    func kinds(kind: LogKind) throws {
        #expect(try page("docs/operating.md").contains("| `\(kind.rawValue)` |"))
    }

    @Test("the README names all that CI runs")
    func continuousIntegration() throws {
        let targets = try page(".ci/run").split(separator: "\n").filter { !$0.hasPrefix("#") }
            .flatMap { $0.matches(of: /\bmake ([a-z-]+)/).map { String($0.1) } }
        #expect(targets.contains("test"))
        let readme = try page("README.md")
        for target in targets { #expect(readme.contains("`make \(target)`"), "it does not name make \(target)") }
    }
}
