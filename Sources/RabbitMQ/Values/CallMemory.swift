import CLibrabbitmq
import FoundationEssentials

/// Memory for the C structures of one call, given back all at once.
///
/// librabbitmq's tables and byte strings are pointers; what they point to lives here until ``reset()``. It also sees
/// what AMQP can't express, which librabbitmq would send garbled.
final class CallMemory {
    private var pool = amqp_pool_t()
    /// How many bytes were handed out since the last reset: never less than they take when encoded.
    private(set) var used = 0
    /// What of the given values has no form in AMQP.
    private(set) var fault: String?

    init() {
        init_amqp_pool(&pool, 16_384)
    }

    deinit {
        empty_amqp_pool(&pool)
    }

    /// Forgets everything that was made since the last time.
    func reset() {
        recycle_amqp_pool(&pool)
        used = 0
        fault = nil
    }

    /// A name, whose length AMQP has in one byte. What is longer is a fault, and cut off lest it become other fields.
    func shortText(_ text: String) -> amqp_bytes_t {
        var bytes = bytes(text)
        if bytes.len > 255 {
            fault = "\"\(text.prefix(40))…\" is longer than 255 bytes"
            bytes.len = 255
        }
        return bytes
    }

    func table(_ values: [String: FieldValue], depth: Int = 0) -> amqp_table_t {
        guard !values.isEmpty, let entries = array(of: amqp_table_entry_t.self, values.count) else {
            return amqp_empty_table
        }
        for (index, (key, value)) in values.enumerated() {
            entries[index] = amqp_table_entry_t(key: shortText(key), value: field(value, depth: depth))
        }
        return amqp_table_t(num_entries: Int32(values.count), entries: entries)
    }

    private func array(_ values: [FieldValue], depth: Int) -> amqp_array_t {
        guard !values.isEmpty, let entries = array(of: amqp_field_value_t.self, values.count) else {
            return amqp_empty_array
        }
        for (index, value) in values.enumerated() { entries[index] = field(value, depth: depth) }
        return amqp_array_t(num_entries: Int32(values.count), entries: entries)
    }

    private func field(_ value: FieldValue, depth: Int) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func kind(_ kind: amqp_field_value_kind_t) { field.kind = UInt8(kind.rawValue) }
        switch value {
        case .null:
            kind(AMQP_FIELD_KIND_VOID)
        case .bool(let bool):
            kind(AMQP_FIELD_KIND_BOOLEAN)
            field.value.boolean = bool ? 1 : 0
        case .int(let number):
            kind(AMQP_FIELD_KIND_I64)
            field.value.i64 = number
        case .double(let number):
            kind(AMQP_FIELD_KIND_F64)
            field.value.f64 = number
        case .string(let text):
            kind(AMQP_FIELD_KIND_UTF8)
            field.value.bytes = bytes(text)
        case .bytes(let raw):
            kind(AMQP_FIELD_KIND_BYTES)
            field.value.bytes = raw.withUnsafeBytes { copy($0) }
        case .timestamp(let date):
            kind(AMQP_FIELD_KIND_TIMESTAMP)
            field.value.u64 = date.wholeSeconds
        case .array, .table:
            guard depth < FieldValue.deepest else {
                fault = "a header is nested deeper than \(FieldValue.deepest) levels"
                kind(AMQP_FIELD_KIND_VOID)
                break
            }
            if case .array(let values) = value {
                kind(AMQP_FIELD_KIND_ARRAY)
                field.value.array = array(values, depth: depth + 1)
            } else if case .table(let values) = value {
                kind(AMQP_FIELD_KIND_TABLE)
                field.value.table = table(values, depth: depth + 1)
            }
        }
        return field
    }

    private func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    private func copy(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let from = source.baseAddress, !source.isEmpty, let start = allocate(source.count) else {
            return amqp_empty_bytes
        }
        start.copyMemory(from: from, byteCount: source.count)
        return amqp_bytes_t(len: source.count, bytes: start)
    }

    private func array<Element>(of type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element>? {
        allocate(count * MemoryLayout<Element>.stride)?.bindMemory(to: type, capacity: count)
    }

    private func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
        used += count
        guard let start = amqp_pool_alloc(&pool, count) else {
            fault = "there is no memory to send it"
            return nil
        }
        return start
    }
}
