import Glibc

/// A daemon that a tool speaks to.
public protocol AdministeredDaemon: Sendable {
    static var name: String { get }
    /// The program that speaks to it.
    static var tool: String { get }
    /// What it can be asked.
    static var commands: [DeclaredCommand] { get }
}

extension AdministeredDaemon {
    /// Where it answers, if nobody says otherwise.
    static var socket: String {
        // Who has both tools at hand says it for each; a daemon's own environment has the shorter name.
        let named = ["\(name.uppercased())_ADMIN_SOCKET", "ADMIN_SOCKET"].lazy.compactMap { (variable: String) in
            getenv(variable).map { String(cString: $0) }
        }
        return named.first ?? "/run/\(name)/admin.sock"
    }
}

public enum Productd: AdministeredDaemon {
    public static let name = "productd"
    public static let tool = "productctl"
    public static let commands = DeclaredCommand.list(PackageResources.productd_ndjson)
}

public enum Customerd: AdministeredDaemon {
    public static let name = "customerd"
    public static let tool = "customerctl"
    public static let commands = DeclaredCommand.list(PackageResources.customerd_ndjson)
}
