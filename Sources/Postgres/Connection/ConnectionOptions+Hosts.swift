import Threads

/// libpq's own loop over several hosts gives each its `connect_timeout` only when it blocks; driven by `PQconnectPoll`
/// it would wait for ever on the first host that does not answer. So the hosts are tried one by one from here.
extension ConnectionOptions {
    /// Host and port as libpq pairs them: the lists have equal lengths, or there is one port for all.
    var hosts: [Host] {
        let names = list("host")
        let addresses = list("hostaddr")
        let ports = list("port")
        let count = max(names.count, addresses.count, 1)
        guard names.isEmpty || addresses.isEmpty || names.count == addresses.count,
            ports.count <= 1 || ports.count == count
        else { return [Host(name: keywords["host"], address: keywords["hostaddr"], port: keywords["port"])] }
        return (0..<count).map { index in
            Host(
                name: names.isEmpty ? nil : names[index],
                address: addresses.isEmpty ? nil : addresses[index],
                port: ports.count > 1 ? ports[index] : ports.first)
        }
    }

    /// The attempts to make, one after the other, until one succeeds.
    ///
    /// `prefer-standby` means: any standby, else any server at all; so every host is tried twice.
    var attempts: [Attempt] {
        let hosts = keywords["load_balance_hosts"] == "random" ? hosts.shuffled() : hosts
        guard keywords["target_session_attrs"] == "prefer-standby" else {
            return hosts.map { attempt($0) }
        }
        return hosts.map { attempt($0, sessionAttributes: "standby") }
            + hosts.map { attempt($0, sessionAttributes: "any") }
    }

    /// The hosts with their ports, for people.
    var address: String {
        hosts.map(\.description).joined(separator: ",")
    }

    struct Host: CustomStringConvertible {
        var name: String?
        var address: String?
        var port: String?

        var description: String {
            "\(name ?? address ?? "local socket"):\(port.flatMap { $0.isEmpty ? nil : $0 } ?? "5432")"
        }
    }

    struct Attempt {
        let host: Host
        /// What `PQconnectStartParams` takes.
        let keywords: [String: String]
    }

    private func attempt(_ host: Host, sessionAttributes: String? = nil) -> Attempt {
        var keywords = Self.defaults.merging(keywords.filter { !$0.value.isEmpty }) { _, given in given }
        keywords["host"] = host.name
        keywords["hostaddr"] = host.address
        keywords["port"] = host.port
        keywords["client_encoding"] = "UTF8"
        keywords["connect_timeout"] = nil
        keywords["load_balance_hosts"] = nil
        if let sessionAttributes { keywords["target_session_attrs"] = sessionAttributes }
        if let statementTimeout {
            let given = keywords["options"].map { " \($0)" } ?? ""
            keywords["options"] = "-c statement_timeout=\(statementTimeout.pollMilliseconds)\(given)"
        }
        return Attempt(host: host, keywords: keywords)
    }

    /// A peer that vanished is noticed within half a minute, and GSSAPI, which costs memory and a round trip, is asked
    /// for only where it is wanted.
    private static let defaults = [
        "fallback_application_name": "tradepost",
        "gssencmode": "disable",
        "keepalives": "1",
        "keepalives_idle": "15",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "30000",
    ]

    private func list(_ keyword: String) -> [String] {
        guard let value = keywords[keyword], !value.isEmpty else { return [] }
        return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}
