import Commerce
import Daemon
import Files
import ServiceLifecycle
import Threads

/// Brings a file's orders through the writer, a group at a time, each with the checkpoint behind it: step 6.
///
/// While one group is being committed the next one is read.
struct FileWriting: Sendable {
    let intake: OrderIntake
    let store: FileStore
    /// How many orders one transaction takes.
    let chunkSize: Int

    /// Reads the file on its caller's thread, and returns when the last group is written. The pulse goes with each group.
    ///
    /// - Parameters:
    ///   - refused: The numbers of the records to be tried, if the others were taken before.
    ///   - isWanted: Whether an operator waits for the file: then it is let go between two groups.
    /// - Throws: ``SpoolStopping`` when the daemon stops first; the rest is written by its next run. ``FileIsWanted``.
    nonisolated(nonsending) func write(
        _ file: ClaimedFile, _ text: OpenFile, _ format: RecordFormat, from row: FileRow, survey: Survey,
        refused: OpenFile?, pulse: LoopPulse, isWanted: @escaping @Sendable () -> Bool
    ) async throws {
        var row = row
        var size = chunkSize
        while row.state == .open {
            var orders = FileOrders(
                of: file, reader: try RecordReader(text, format: format, from: row.checkpoint), survey: survey,
                refused: refused, store: store, currency: intake.currency)
            var group = try await orders.next(most: size)
            while let current = group {
                if isWanted() { throw FileIsWanted() }
                pulse.moves()
                async let writing = write(current, pulse, isWanted)
                let following = try await orders.next(most: size)
                switch await writing {
                case .written:
                    group = following
                    size = min(chunkSize, size * 2)
                    continue
                case .refusedByDatabase where current.submissions.count > 1 && current.progress?.takesAllOrNone != true:
                    // Somewhere in there is one that the database chokes on: it is looked for by halves.
                    size = max(1, current.submissions.count / 2)
                case .refusedByDatabase:
                    guard let without = current.refusedByDatabase else { throw FileIsHeld(reason: .refused) }
                    switch await write(without, pulse, isWanted) {
                    case .stopping: throw SpoolStopping()
                    case .wanted: throw FileIsWanted()
                    case .written, .refusedByDatabase, .outOfStep: break
                    }
                case .outOfStep:
                    break
                case .stopping:
                    throw SpoolStopping()
                case .wanted:
                    throw FileIsWanted()
                }
                break
            }
            guard let now = try await store.reload(file.id) else { throw FileIsHeld(reason: .rowIsGone) }
            row = now
        }
    }

    private enum Outcome {
        case written, refusedByDatabase, outOfStep, stopping, wanted
    }

    /// Hands a group to the writer, until the writer has decided it.
    private func write(
        _ group: OrderGroup, _ pulse: LoopPulse, _ isWanted: @Sendable () -> Bool
    ) async -> Outcome {
        var backoff = Backoff()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                _ = try await intake.submit(group)
                return .written
            } catch OrderUndecided.outOfStep {
                return .outOfStep
            } catch OrderUndecided.faulty {
                return .refusedByDatabase
            } catch OrderUndecided.stopping {
                return .stopping
            } catch {
                // Overloaded, or paused, or no database, or no broker for too long: the file can wait.
            }
            pulse.moves()
            if isWanted() { return .wanted }
            let pause = backoff.next()
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
        return .stopping
    }
}

/// The daemon stops while a file is under way; its next run goes on with it.
struct SpoolStopping: Error {}

/// An operator waits for a file: it is let go where it stands, and goes on from there, or from where the operator says.
struct FileIsWanted: Error {}

/// A file that can't be brought to an end by waiting or by refusing it: an operator has to look.
struct FileIsHeld: Error, Sendable, CustomStringConvertible {
    enum Reason: Sendable {
        /// It was partly written from other bytes than it has now, and the private copy is gone.
        case changedAfterCommit
        /// Its row is gone from the database, or the database was put back to an older state.
        case rowIsGone
        /// It is tried again, and nobody knows any more which of its orders were taken before.
        case recordsUnknown
        /// The database refuses its orders, all in one transaction, for a reason that is in the log.
        case refused
    }

    let reason: Reason

    var description: String {
        switch reason {
        case .changedAfterCommit:
            "some of its orders were taken, then its private copy was lost and the original has other bytes now; "
                + "put the original's first content back, or move the directory out of work/ and drop the rest"
        case .rowIsGone:
            "its row in ingest_files is gone; was the database restored? Restart productd to take it from the start"
        case .recordsUnknown:
            "which of its orders were taken before is not known any more: its row in ingest_files or its .refused is "
                + "gone; drop what is missing as a new file, and discard this one"
        case .refused:
            "the database refuses its orders; the log says why"
        }
    }
}
