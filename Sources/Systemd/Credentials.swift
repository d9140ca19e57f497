import Glibc

/// Where systemd puts a service's secrets (systemd.exec(5), "Credentials").
public enum Credentials {
    /// The directory with one file for each credential; `nil` where the unit has none.
    public static var directory: String? {
        getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) }
    }
}
