public import FoundationEssentials

/// A value of an AMQP table: a header, or an argument of a declaration (AMQP 0-9-1, section 4.2.5, with RabbitMQ's
/// types).
public indirect enum FieldValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    /// Whole seconds travel; the rest is cut off.
    case timestamp(Date)
    case array([FieldValue])
    case table([String: FieldValue])
}
