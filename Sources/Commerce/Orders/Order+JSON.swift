extension JSONWriter {
    /// The order as `POST /orders` and `GET /orders/{id}` answer it.
    public mutating func order(_ order: Order) {
        object { $0.members(of: order) }
    }

    /// The members of ``order(_:)``, for an object that has more of its own.
    ///
    /// - Parameter items: The order's items as JSON, where they were written before.
    mutating func members(of order: Order, items: [UInt8]? = nil) {
        name("id")
        identifier(order.id)
        name("customerId")
        identifier(order.customerID)
        name("items")
        if let items { raw(items) } else { self.items(order.items) }
        name("total")
        money(order.total)
        name("currency")
        string(order.total.currency.code)
        name("status")
        string(order.status.rawValue)
        name("createdAt")
        date(order.createdAt)
        name("updatedAt")
        date(order.updatedAt)
        details(order.details)
    }

    /// Line items as the answers and the stored order have them.
    public mutating func items(_ items: [LineItem]) {
        array {
            for item in items {
                $0.object {
                    $0.name("productId")
                    $0.identifier(item.productID)
                    $0.name("name")
                    $0.string(item.name)
                    $0.name("quantity")
                    $0.integer(item.quantity)
                    $0.name("price")
                    $0.money(item.price)
                }
            }
        }
    }

    /// The details that were given, as members of the surrounding object.
    public mutating func details(_ details: OrderDetails) {
        optionalString("name", details.name)
        optionalString("email", details.email)
        if let address = details.shippingAddress {
            name("shippingAddress")
            object {
                $0.optionalString("fullName", address.fullName)
                $0.optionalString("address", address.address)
                $0.optionalString("city", address.city)
                $0.optionalString("state", address.state)
                $0.optionalString("zipCode", address.zipCode)
                $0.optionalString("country", address.country)
            }
        }
        optionalString("shippingMethod", details.shippingMethod)
        optionalString("paymentMethod", details.paymentMethod)
        optionalString("externalId", details.externalID)
    }

    /// A member that is left out where there is no value.
    public mutating func optionalString(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        self.name(name)
        string(text)
    }
}

extension ObjectReader {
    /// The details of an order, from the object that ``JSONWriter/details(_:)`` writes or a client sent.
    public mutating func details() -> OrderDetails {
        OrderDetails(
            name: string("name"),
            email: string("email", maximumLength: 320),
            shippingAddress: object("shippingAddress") { reader in
                defer { reader.refuseUnknownMembers() }
                return ShippingAddress(
                    fullName: reader.string("fullName"),
                    address: reader.string("address", maximumLength: 1_000),
                    city: reader.string("city"),
                    state: reader.string("state"),
                    zipCode: reader.string("zipCode", maximumLength: 32),
                    country: reader.string("country"))
            },
            shippingMethod: string("shippingMethod"),
            paymentMethod: string("paymentMethod"),
            externalID: string("externalId"))
    }

    /// Line items as ``JSONWriter/items(_:)`` wrote them.
    public mutating func items(_ name: String, currency: Currency) -> [LineItem]? {
        guard let elements = array(name, count: 0...LineItem.maximumCount) else { return nil }
        return elements.enumerated().compactMap { index, element in
            nested(element, at: path.member(name).index(index)) { reader in
                guard let productID = reader.required("productId", { $0.identifier($1, of: ProductKind.self) }),
                    let name = reader.required("name", { $0.string($1) }),
                    let quantity = reader.required("quantity", { $0.integer($1, in: 1...LineItem.maximumQuantity) }),
                    let price = reader.required("price", { $0.money($1, in: currency) })
                else { return nil }
                return LineItem(productID: productID, name: name, quantity: quantity, price: price)
            }
        }
    }
}

extension LineItem {
    /// How many items one order may have.
    public static let maximumCount = 1_000
    /// How many pieces one item may ask for.
    public static let maximumQuantity = 1_000_000
}
