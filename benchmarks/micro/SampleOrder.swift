import Commerce
import FoundationEssentials

/// An order as they come most often: two items, a name and an address.
enum SampleOrder {
    private static let customer = "01960000-0000-7000-8000-0000000000c2"
    private static let products = ["01960000-0000-7000-8000-000000000003", "01960000-0000-7000-8000-000000000004"]

    static let body = """
        {"customerId":"\(customer)","name":"Grace Hopper","email":"grace@example.com",\
        "items":[{"productId":"\(products[0])","quantity":2,"price":49.95},{"productId":"\(products[1])","quantity":1}],\
        "shippingAddress":{"fullName":"Grace Hopper","address":"1 Navy Yard","city":"Washington","state":"DC",\
        "zipCode":"20001","country":"US"},"shippingMethod":"standard","paymentMethod":"card"}
        """

    static let order = Order(
        id: id("01960000-0000-7000-8000-0000000000f0"), customerID: id(customer),
        items: products.map {
            LineItem(
                productID: id($0), name: "Vertical mouse", quantity: 2,
                price: Money(minorUnits: 4_995, currency: .usd))
        },
        total: Money(minorUnits: 19_980, currency: .usd), status: .created, createdAt: time, updatedAt: time,
        details: OrderDetails(
            name: "Grace Hopper", email: "grace@example.com",
            shippingAddress: ShippingAddress(
                fullName: "Grace Hopper", address: "1 Navy Yard", city: "Washington", state: "DC", zipCode: "20001",
                country: "US"),
            shippingMethod: "standard", paymentMethod: "card", externalID: nil))

    private static let time = Date(timeIntervalSince1970: 1_764_000_000)

    private static func id<Kind>(_ text: String) -> Identifier<Kind> {
        Identifier(text) ?? Identifier(UUIDv7.shared.next())
    }
}
