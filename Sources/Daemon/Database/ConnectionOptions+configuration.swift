public import Postgres
public import RabbitMQ

extension DatabaseConfiguration {
    /// How to connect, as libpq takes it.
    ///
    /// - Parameter program: What `pg_stat_activity` calls the connections, unless the connection string says.
    /// - Throws: ``DaemonFailure`` with the status of a wrong configuration.
    public func options(for program: String) throws(DaemonFailure) -> ConnectionOptions {
        do {
            var options = try connectionString.map { try ConnectionOptions(parsing: $0) } ?? ConnectionOptions(keywords)
            if connectionString == nil || options.applicationName == nil { options.applicationName = program }
            options.credentials = credentials
            return options
        } catch {
            throw DaemonFailure("the database's settings are wrong: \(error)", exitStatus: .configuration)
        }
    }
}

extension ConnectionOptions {
    /// The same, with settings for the session (libpq's `options` keyword).
    ///
    /// - Parameter parameters: Server parameters and their values, which must need no quoting.
    public func with(_ parameters: [(name: String, value: String)]) throws(DaemonFailure) -> ConnectionOptions {
        var options = self
        do {
            try options.append(sessionParameters: parameters)
        } catch {
            throw DaemonFailure("the database's settings are wrong: \(error)", exitStatus: .configuration)
        }
        return options
    }

    /// The same, for a session that finds all it reads by keys: its statements are planned once, whatever the number of
    /// their values, and a plan that was made while a table was small must not read the whole table when it has grown.
    public func readingByKey() throws(DaemonFailure) -> ConnectionOptions {
        try with([("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan"), ("jit", "off")])
    }
}

extension BrokerConfiguration {
    /// How to connect to RabbitMQ.
    ///
    /// - Parameter program: What the management page calls the connections.
    /// - Throws: ``DaemonFailure`` with the status of a wrong configuration.
    public func options(for program: String) throws(DaemonFailure) -> BrokerOptions {
        do {
            var options = try BrokerOptions(
                url: url, tls: TLSOptions(caFile: caFile, certificateFile: certificateFile, keyFile: keyFile),
                connectionName: program)
            options.latest = latest
            return options
        } catch {
            throw DaemonFailure("the broker's settings are wrong: \(error)", exitStatus: .configuration)
        }
    }
}
