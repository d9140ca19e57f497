/// The parameters of one call, encoded one after the other into one buffer.
struct Parameters {
    /// Where each value lies in `bytes`; a length of -1 is NULL.
    private var slots: [(offset: Int, length: Int32)] = []
    private(set) var types: [UInt32] = []
    /// Never empty, so that an empty text has an address too and is not taken for NULL.
    private var bytes: [UInt8] = [0]

    init() {}

    init(_ values: [any PostgresEncodable]) throws(PostgresError) {
        guard values.count <= 65_535 else {
            throw PostgresError(.encoding, "\(values.count) parameters; PostgreSQL takes 65535: pass arrays and unnest")
        }
        slots.reserveCapacity(values.count)
        types.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            do throws(PostgresError) {
                try append(value)
            } catch {
                var error = error
                error.message = "$\(index + 1): \(error.message)"
                throw error
            }
        }
    }

    private mutating func append(_ value: some PostgresEncodable) throws(PostgresError) {
        types.append(type(of: value).postgresType.oid)
        if value.isNull {
            slots.append((0, -1))
            return
        }
        let offset = bytes.count
        try value.encode(into: &bytes)
        guard let length = Int32(exactly: bytes.count - offset) else {
            throw PostgresError(.encoding, "a value of \(bytes.count - offset) bytes is too long for PostgreSQL")
        }
        slots.append((offset, length))
    }

    /// Calls `body` with the arrays that `PQsendQueryPrepared` takes: values, lengths and formats (1, binary).
    func withPointers<R>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
    ) -> R {
        bytes.withUnsafeBytes { raw in
            let values: [UnsafePointer<CChar>?] = slots.map { slot in
                slot.length < 0
                    ? nil : raw.baseAddress.map { ($0 + slot.offset).assumingMemoryBound(to: CChar.self) }
            }
            let lengths = slots.map { max($0.length, 0) }
            let formats = [Int32](repeating: 1, count: slots.count)
            return body(values, lengths, formats)
        }
    }
}
