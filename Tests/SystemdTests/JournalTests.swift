import Glibc
import Logging
import Synchronization
import Testing

@testable import Systemd

@Suite("Log events enter the journal with fields of their own")
struct JournalTests {
    private final class Recorder: Sendable {
        let entries = Mutex<[[String]]>([])
    }

    private func logged(_ log: (inout Logger) -> Void) -> [String] {
        let recorder = Recorder()
        var logger = Logger(label: "test") { _ in
            JournalLogHandler(identifier: "productd", level: .debug) { fields in
                recorder.entries.withLock { $0.append(fields.map { String(decoding: $0, as: UTF8.self) }) }
            }
        }
        log(&logger)
        return recorder.entries.withLock { $0.first ?? [] }
    }

    @Test("metadata keys become capitals behind TRADEPOST_, and are named in the message")
    func metadata() {
        let fields = logged { logger in
            logger[metadataKey: "order_id"] = "17"
            logger.warning("order refused", metadata: ["stock.left": "0", "message_id": "a6a59a96"])
        }
        #expect(fields.contains("TRADEPOST_ORDER=17"))
        #expect(fields.contains("MESSAGE_ID=a6a59a96"))
        #expect(fields.contains("TRADEPOST_STOCK_LEFT=0"))
        #expect(fields.contains("MESSAGE=order refused order_id=17 stock.left=0"))
        #expect(fields.contains("PRIORITY=4"))
        #expect(fields.contains("SYSLOG_IDENTIFIER=productd"))
        #expect(fields.contains { $0.hasPrefix("CODE_FILE=") && $0.hasSuffix(".swift") })
    }

    @Test("an event's own metadata wins over the logger's")
    func precedence() {
        let fields = logged { logger in
            logger[metadataKey: "attempt"] = "1"
            logger.info("again", metadata: ["attempt": "2"])
        }
        #expect(fields.contains("TRADEPOST_ATTEMPT=2"))
        #expect(!fields.contains("TRADEPOST_ATTEMPT=1"))
    }

    @Test("stderr is the journal only if its device and inode are the ones that systemd named")
    func stream() {
        var status = stat()
        fstat(2, &status)
        #expect(Journal.isStream(2, named: "\(status.st_dev):\(status.st_ino)"))
        #expect(!Journal.isStream(2, named: "\(status.st_dev):\(status.st_ino + 1)"))
        #expect(!Journal.isStream(2, named: nil))
    }

    @Test("an entry that no journal takes is dropped")
    func noJournal() {
        Journal.send([Array("MESSAGE=a".utf8), Array("PRIORITY=6".utf8)])
    }
}
