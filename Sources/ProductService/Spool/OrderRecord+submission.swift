import Commerce
import Crypto

/// From a record of a file to an order that the writer takes.
extension JSON {
    /// The SKUs by which an order's items name their products. None has a NUL in it, which no database would take.
    var skus: [String] {
        guard case .array(let items)? = self["items"] else { return [] }
        return items.compactMap { item in
            guard item["productId"] == nil, case .string(let sku)? = item["sku"], !sku.utf8.contains(0) else {
                return nil
            }
            return sku
        }
    }

    /// The order with each item's `sku` replaced by the `productId` that it stands for. An SKU that no product has stays.
    func resolvingSKUs(_ products: ProductsBySKU) -> JSON {
        guard case .object(let members) = self else { return self }
        return .object(
            members.map { member in
                guard member.name == "items", case .array(let items) = member.value else { return member }
                return Member("items", .array(items.map { $0.resolvingSKU(products) }))
            })
    }

    private func resolvingSKU(_ products: ProductsBySKU) -> JSON {
        guard case .object(let members) = self else { return self }
        if self["productId"] != nil {
            // Both are given: the id counts.
            return .object(members.filter { $0.name != "sku" })
        }
        return .object(
            members.map { member in
                guard member.name == "sku", case .string(let sku) = member.value, let id = products[sku] else {
                    return member
                }
                return Member("productId", .string("\(id)"))
            })
    }
}

extension OrderRequest {
    /// Reads a record of a file.
    ///
    /// - Returns: The order, or everything that is wrong with it.
    static func read(
        _ document: JSON.Document, products: ProductsBySKU, currency: Currency
    ) -> Result<OrderRequest, RecordFaults> {
        let unknown = document.value.unknownSKUs(products)
        do throws(InvalidBody) {
            let resolved = JSON.Document(value: document.value.resolvingSKUs(products), faults: document.faults)
            return .success(try OrderRequest(reading: resolved, currency: currency))
        } catch {
            // That the product's id is missing and the SKU no known field is the unknown SKU's echo.
            let echoes = Set(unknown.flatMap { ["\($0.place)/sku", "\($0.place)/productId"] })
            let faults = error.faults.filter { !echoes.contains($0.pointer) }.map { fault in
                RecordFault(
                    code: "invalid", field: fault.pointer, message: fault.message,
                    excerpt: document.value.excerpt(at: fault.pointer))
            }
            return .failure(
                RecordFaults(
                    unknown.map { place, sku in
                        RecordFault(
                            code: "unknown-product", field: "\(place)/sku", message: "no product has this SKU",
                            excerpt: String(sku.prefix(64)))
                    } + faults))
        }
    }

    /// What tells this order from another one: the same for each way of writing it down.
    var fingerprint: [UInt8] {
        let text = JSONWriter.object { json in
            json.name("customerId")
            json.identifier(customerID)
            json.name("items")
            json.array { json in
                for item in items {
                    json.object { json in
                        json.name("productId")
                        json.identifier(item.productID)
                        json.name("quantity")
                        json.integer(item.quantity)
                        if let price = item.quotedPrice {
                            json.name("price")
                            json.money(price)
                        }
                    }
                }
            }
            json.details(details)
            if let expectedTotal {
                json.name("expectedTotal")
                json.money(expectedTotal)
            }
        }
        return Array(SHA256.hash(data: text))
    }
}

extension JSON {
    fileprivate func unknownSKUs(_ products: ProductsBySKU) -> [(place: String, sku: String)] {
        guard case .array(let items)? = self["items"] else { return [] }
        return items.enumerated().compactMap { index, item in
            guard item["productId"] == nil, case .string(let sku)? = item["sku"], products[sku] == nil else {
                return nil
            }
            return ("/items/\(index)", sku)
        }
    }

    /// What stands at a place, if it says nothing about a person.
    fileprivate func excerpt(at pointer: String) -> String? {
        let steps = pointer.split(separator: "/")
        guard let first = steps.first, ["items", "customerId", "expectedTotal", "externalId"].contains(first) else {
            return nil
        }
        var value = self
        for step in steps {
            if case .array(let elements) = value, let index = Int(step), elements.indices.contains(index) {
                value = elements[index]
            } else if let member = value[String(step)] {
                value = member
            } else {
                return nil
            }
        }
        var writer = JSONWriter(reservingCapacity: 64)
        writer.value(value)
        return String(decoding: writer.bytes.prefix(64), as: UTF8.self)
    }
}

/// Products by their SKUs, which are compared by bytes, as the database does, and not by how they look.
struct ProductsBySKU: Sendable {
    private let products: [[UInt8]: ProductID]

    init(_ products: [(sku: String, id: ProductID)]) {
        self.products = Dictionary(products.map { (Array($0.sku.utf8), $0.id) }) { first, _ in first }
    }

    subscript(_ sku: String) -> ProductID? { products[Array(sku.utf8)] }
}
