import Logging

/// Logs nothing: what a test expects to fail need not be read.
let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
