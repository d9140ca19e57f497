import AdminChannel
import ArgumentParser
import Glibc

/// The command for people: sends what was typed to a daemon's admin socket, and shows the reply.
///
/// What can be typed is what the daemon declares (``DeclaredCommand``); whether it is right, and what it means, the
/// daemon decides.
public enum AdminTool {
    /// Runs the tool, and exits with what the request ended with.
    public static func main<Daemon: AdministeredDaemon>(_ daemon: Daemon.Type) -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try RootCommand<Daemon>.parseAsRoot(arguments)
            try command.run()
            exit(AdminEnd.Code.ok.exit)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            let message = RootCommand<Daemon>.fullMessage(for: error)
            guard RootCommand<Daemon>.exitCode(for: error) != .success else {
                // Help, or a script that completes commands.
                TextStream.output.write(message)
                exit(AdminEnd.Code.ok.exit)
            }
            TextStream.error.write(message)
            if arguments.contains("--json") {
                TextStream.output.write(
                    String(decoding: AdminEnd(.usage, RootCommand<Daemon>.message(for: error)).line, as: UTF8.self))
            }
            exit(AdminEnd.Code.usage.exit)
        }
    }
}

/// What can be said to the tool itself, before the daemon's words or among them.
struct ToolOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's admin socket; else $PRODUCTD_ADMIN_SOCKET (or CUSTOMERD), $ADMIN_SOCKET, the one in /run.",
            valueName: "path"),
        completion: .file())
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "How long the daemon may be silent (30); with pause and drain, how long that may take (60).",
            valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Print the reply as the daemon sends it, a JSON object a line.")
    var json = false

    func validate() throws {
        guard let timeout else { return }
        guard timeout > 0, timeout <= 86_400 else { throw ValidationError("--timeout: from 0 to 86400 seconds") }
    }
}
