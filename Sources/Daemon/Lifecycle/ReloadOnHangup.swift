import AdminChannel
import ServiceLifecycle
import UnixSignals

/// Reads the configuration anew on SIGHUP; what is wrong with it is in the log.
struct ReloadOnHangup: Service {
    let reloading: Reloading

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            _ = try? await reloading.reload()
        }
    }
}
