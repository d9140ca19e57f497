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

    @Test("every command of both daemons stands in docs/admin.md with its role", arguments: ["productd", "customerd"])
    func commands(daemon: String) throws {
        let admin = try page("docs/admin.md")
        let roles = try roles(of: daemon)
        #expect(roles.count > 20)
        for (name, role) in roles {
            let rows = admin.split(separator: "\n").filter { $0.contains("`\(name)") && $0.hasPrefix("|") }
            #expect(rows.contains { $0.contains("| \(role) |") }, "\(name) is not there, or not as \(role)")
        }
    }

    @Test("every schema of a reply is that of a command that there is")
    func schemas() throws {
        let (productd, customerd) = (try roles(of: "productd").keys, try roles(of: "customerd").keys)
        let known = [
            "productd": Set(productd), "customerd": Set(customerd), "both": Set(productd).intersection(customerd),
        ]
        for (folder, names) in known {
            let files = try Disk.names(in: Script.root.appending(path: "docs/schemas/admin/\(folder)").path)
            #expect(!files.isEmpty)
            #expect(Set(files).isSubset(of: names.map { "\($0.replacing(" ", with: "-")).json" }), "\(folder)")
        }
    }

    /// The commands of a daemon, with who may ask for them.
    private func roles(of daemon: String) throws -> [String: String] {
        let rows = try page("Sources/AdminTool/Commands/\(daemon).ndjson").split(separator: "\n").map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }.filter { $0["t"] as? String == "row" }
        return Dictionary(
            uniqueKeysWithValues: rows.map { ($0["command"] as? String ?? "", $0["role"] as? String ?? "") })
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
