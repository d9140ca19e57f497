import CLibrabbitmq
import FoundationEssentials

// What a peer sends is never trusted: text may be no UTF-8, types unknown, tables nested without an end.

extension String {
    /// Text that a peer sent: what is no UTF-8 in it is replaced.
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

extension [String: FieldValue] {
    init(_ table: amqp_table_t, depth: Int) {
        self.init(minimumCapacity: Int(table.num_entries))
        for index in 0..<Int(table.num_entries) {
            self[String(table.entries[index].key)] = FieldValue(table.entries[index].value, depth: depth)
        }
    }
}

extension FieldValue {
    /// How many tables and arrays may lie within one another. Deeper ones become `null`: a message must not be able to
    /// exhaust the stack of who reads it.
    static let deepest = 32

    /// A value that a peer sent; a type that this module doesn't know becomes `null`.
    init(_ field: amqp_field_value_t, depth: Int) {
        let value = field.value
        switch UInt32(field.kind) {
        case AMQP_FIELD_KIND_BOOLEAN.rawValue: self = .bool(value.boolean != 0)
        case AMQP_FIELD_KIND_I8.rawValue: self = .int(Int64(value.i8))
        case AMQP_FIELD_KIND_U8.rawValue: self = .int(Int64(value.u8))
        case AMQP_FIELD_KIND_I16.rawValue: self = .int(Int64(value.i16))
        case AMQP_FIELD_KIND_U16.rawValue: self = .int(Int64(value.u16))
        case AMQP_FIELD_KIND_I32.rawValue: self = .int(Int64(value.i32))
        case AMQP_FIELD_KIND_U32.rawValue: self = .int(Int64(value.u32))
        case AMQP_FIELD_KIND_I64.rawValue: self = .int(value.i64)
        case AMQP_FIELD_KIND_U64.rawValue: self = .int(Int64(clamping: value.u64))
        case AMQP_FIELD_KIND_F32.rawValue: self = .double(Double(value.f32))
        case AMQP_FIELD_KIND_F64.rawValue: self = .double(value.f64)
        case AMQP_FIELD_KIND_UTF8.rawValue: self = .string(String(value.bytes))
        case AMQP_FIELD_KIND_BYTES.rawValue:
            self = .bytes([UInt8](UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)))
        case AMQP_FIELD_KIND_TIMESTAMP.rawValue: self = .timestamp(Date(secondsOfPeer: value.u64))
        case AMQP_FIELD_KIND_ARRAY.rawValue where depth < Self.deepest:
            let array = value.array
            self = .array((0..<Int(array.num_entries)).map { FieldValue(array.entries[$0], depth: depth + 1) })
        case AMQP_FIELD_KIND_TABLE.rawValue where depth < Self.deepest:
            self = .table([String: FieldValue](value.table, depth: depth + 1))
        default: self = .null
        }
    }
}
