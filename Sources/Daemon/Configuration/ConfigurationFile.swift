import Commerce
import Configuration
import FoundationEssentials

/// The JSON file of a daemon: nested objects, whose leaves are settings.
///
/// Numbers keep the digits they were written with.
struct ConfigurationFile: Sendable {
    let path: String
    /// Every leaf by its dotted key.
    let values: [String: String]

    /// - Returns: `nil` if the file isn't there and need not be.
    static func read(_ path: String, mustExist: Bool) throws(ConfigurationError) -> ConfigurationFile? {
        let text: [UInt8]
        do {
            text = Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            let isMissing = !FileManager.default.fileExists(atPath: path)
            if isMissing, !mustExist { return nil }
            throw ConfigurationError(["\(path): \(isMissing ? "there is no such file" : "cannot be read")"])
        }
        let document: JSON.Document
        do { document = try JSON.parse(text) } catch { throw ConfigurationError(["\(path): \(error)"]) }
        guard document.faults.isEmpty else { throw ConfigurationError(document.faults.map { "\(path): \($0)" }) }
        guard case .object(let members) = document.value else {
            throw ConfigurationError(["\(path): must be a JSON object"])
        }
        return ConfigurationFile(path: path, values: leaves(of: members, under: ""))
    }

    private static func leaves(of members: [JSON.Member], under prefix: String) -> [String: String] {
        var leaves: [String: String] = [:]
        for member in members {
            let key = prefix + member.name
            if case .object(let inner) = member.value {
                leaves.merge(Self.leaves(of: inner, under: key + ".")) { $1 }
            } else if let text = text(of: member.value) {
                leaves[key] = text
            }
        }
        return leaves
    }

    /// A leaf as text; lists are joined by commas, as the environment has them.
    private static func text(of value: JSON) -> String? {
        switch value {
        case .null, .object: nil
        case .bool(let bool): bool ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): text
        case .array(let elements): elements.compactMap(text).joined(separator: ",")
        }
    }

    var source: ConfigurationSources.Source {
        let values = values.map { ($0.key.configKey, ConfigValue(.string($0.value), isSecret: false)) }
        return ConfigurationSources.Source(
            provider: InMemoryProvider(name: path, values: Dictionary(values, uniquingKeysWith: { $1 })),
            origin: { [path] key in "\(path) \(key)" })
    }
}

extension String {
    /// How many letters must be put in, taken out or changed to get the other text (Levenshtein).
    func editDistance(to other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (index, character) in enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let above = row[column + 1]
                row[column + 1] = Swift.min(above + 1, row[column] + 1, diagonal + (character == other[column] ? 0 : 1))
                diagonal = above
            }
        }
        return row[other.count]
    }
}
