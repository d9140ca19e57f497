public import FoundationEssentials

/// An order as it was accepted: priced, numbered and on disk.
///
/// Everything but ``status`` and ``updatedAt`` is fixed when the order is accepted.
public struct Order: Sendable, Hashable {
    public let id: OrderID
    public let customerID: CustomerID
    public let items: [LineItem]
    /// The sum of the items' prices times their quantities.
    public let total: Money
    public var status: OrderStatus
    public let createdAt: Date
    public var updatedAt: Date
    public let details: OrderDetails

    public init(
        id: OrderID, customerID: CustomerID, items: [LineItem], total: Money, status: OrderStatus, createdAt: Date,
        updatedAt: Date, details: OrderDetails
    ) {
        self.id = id
        self.customerID = customerID
        self.items = items
        self.total = total
        self.status = status
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.details = details
    }
}

/// One product of an order, at the price that held when the order was accepted.
public struct LineItem: Sendable, Hashable {
    public let productID: ProductID
    public let name: String
    public let quantity: Int
    /// For one piece.
    public let price: Money

    public init(productID: ProductID, name: String, quantity: Int, price: Money) {
        self.productID = productID
        self.name = name
        self.quantity = quantity
        self.price = price
    }
}

/// What the customer may say with an order and nobody computes with.
public struct OrderDetails: Sendable, Hashable {
    public var name: String?
    public var email: String?
    public var shippingAddress: ShippingAddress?
    public var shippingMethod: String?
    public var paymentMethod: String?
    /// The order's number in the system it comes from.
    public var externalID: String?

    public init(
        name: String? = nil, email: String? = nil, shippingAddress: ShippingAddress? = nil,
        shippingMethod: String? = nil, paymentMethod: String? = nil, externalID: String? = nil
    ) {
        self.name = name
        self.email = email
        self.shippingAddress = shippingAddress
        self.shippingMethod = shippingMethod
        self.paymentMethod = paymentMethod
        self.externalID = externalID
    }
}

/// Where an order goes.
public struct ShippingAddress: Sendable, Hashable {
    public var fullName: String?
    public var address: String?
    public var city: String?
    public var state: String?
    public var zipCode: String?
    public var country: String?

    public init(
        fullName: String? = nil, address: String? = nil, city: String? = nil, state: String? = nil,
        zipCode: String? = nil, country: String? = nil
    ) {
        self.fullName = fullName
        self.address = address
        self.city = city
        self.state = state
        self.zipCode = zipCode
        self.country = country
    }
}
