import Commerce

/// All that stands in the way of one record.
struct RecordFaults: Error, Sendable, Hashable {
    let faults: [RecordFault]

    init(_ faults: [RecordFault]) {
        self.faults = faults
    }
}

extension OrderRefusal {
    /// Why the writer didn't take an order, as a file's sender reads it.
    var recordFaults: [RecordFault] {
        switch self {
        case .items(let items): items.map(\.recordFault)
        case .totalChanged(let expected, let actual):
            [
                RecordFault(
                    code: "total-changed", field: "/expectedTotal",
                    message: "is \(expected), but the catalogue's prices add up to \(actual)", excerpt: "\(expected)")
            ]
        case .totalTooLarge:
            [
                RecordFault(
                    code: "total-too-large", field: "/items", message: "add up to more than any order may cost",
                    excerpt: nil)
            ]
        case .keyReused:
            [
                RecordFault(
                    code: "external-id-reused", field: "/externalId",
                    message: "an order with this externalId was taken before, and it was another one", excerpt: nil)
            ]
        case .withheld:
            [
                RecordFault(
                    code: "withheld", field: nil,
                    message: "nothing is wrong with it, but another order of the file was refused, and this partner's "
                        + "files are taken whole or not at all",
                    excerpt: nil)
            ]
        }
    }
}

extension ItemRefusal {
    fileprivate var recordFault: RecordFault {
        let fault = self.fault
        return RecordFault(code: code, field: fault.pointer, message: fault.message, excerpt: nil)
    }

    private var code: String {
        switch reason {
        case .unknownProduct: "unknown-product"
        case .archivedProduct: "archived-product"
        case .insufficientStock: "insufficient-stock"
        case .priceChanged: "price-changed"
        }
    }
}

extension RecordFault {
    /// The faults of one record as they are kept in the database, and shown in `reason.json`.
    static func encode(_ faults: [RecordFault]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array { json in
            for fault in faults.prefix(100) { json.object { $0.members(of: fault) } }
        }
        return writer.bytes
    }

    /// - Returns: What ``encode(_:)`` was given; nothing if it is something else.
    static func decode(_ json: [UInt8]) -> [RecordFault] {
        guard case .array(let elements)? = try? JSON.parse(json).value else { return [] }
        return elements.map { RecordFault($0) }
    }

    /// A fault as it was written; what is missing of it is empty.
    init(_ json: JSON) {
        func text(_ name: String) -> String? {
            if case .string(let text)? = json[name] { text } else { nil }
        }
        self.init(
            code: text("code") ?? "", field: text("field"), message: text("message") ?? "", excerpt: text("excerpt"))
    }
}

extension JSONWriter {
    /// The members of a fault, inside an object.
    mutating func members(of fault: RecordFault) {
        if let field = fault.field {
            name("field")
            string(field)
        }
        name("code")
        string(fault.code)
        name("message")
        string(fault.message)
        if let excerpt = fault.excerpt {
            name("excerpt")
            string(excerpt)
        }
    }
}
