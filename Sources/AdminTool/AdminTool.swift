import AdminChannel
import ArgumentParser
import Glibc

/// The command for people: sends what was typed to a daemon's admin socket, and shows the reply.
///
/// It knows no command of the daemon's: those are the daemon's own, so that tool and daemon never disagree.
public enum AdminTool {
    /// Runs the tool, and exits with what the request ended with.
    ///
    /// - Parameters:
    ///   - daemon: `productd` or `customerd`.
    ///   - tool: The program's own name.
    public static func main(daemon: String, tool: String) -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        func named(_ text: String) -> String {
            text.split(separator: "TOOL", omittingEmptySubsequences: false).joined(separator: tool)
                .split(separator: "DAEMON", omittingEmptySubsequences: false).joined(separator: daemon)
        }
        // Everything from the first word on is the daemon's, and so would this be.
        if ["--help", "-h"].contains(arguments.first) {
            TextStream.output.write(named(ToolOptions.helpMessage()))
            Glibc.exit(0)
        }
        do {
            let options = try ToolOptions.parse(arguments)
            Glibc.exit(ToolRun(options: options, daemon: daemon).run())
        } catch {
            TextStream.error.write(named(ToolOptions.fullMessage(for: error)))
            Glibc.exit(AdminEnd.Code.usage.exit)
        }
    }
}

/// What can be said to the tool itself; the rest goes to the daemon.
struct ToolOptions: ParsableArguments, ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TOOL", abstract: "Ask DAEMON how it is, and tell it what to do.",
        discussion: """
            The words are sent to the daemon's admin socket; `TOOL help` lists what it knows. The tool's own options \
            stand before the first word.

            EXAMPLES
              TOOL status
              TOOL watch --count 10
              TOOL --json stats
              TOOL --socket .local/run/DAEMON.sock health

            Exit status: 0 ok, 1 failed, 2 usage, 3 the daemon is not running, 4 not allowed, 5 not found, 6 wrong state, \
            7 unhealthy, 75 timed out.
            """)

    @Option(help: "The daemon's admin socket; else $ADMIN_SOCKET, else /run/DAEMON/admin.sock.")
    var socket: String?

    @Option(help: "Seconds that each line of the reply may take.")
    var timeout = 30.0

    @Flag(help: "Print the reply as the daemon sends it, a JSON object a line.")
    var json = false

    @Argument(parsing: .captureForPassthrough, help: "A command of the daemon.")
    var words: [String] = []

    func validate() throws {
        guard timeout > 0, timeout <= 86_400 else { throw ValidationError("--timeout: from 0 to 86400 seconds") }
        guard !words.isEmpty else { throw ValidationError("say what to do; `TOOL help` lists what can be asked") }
    }
}
