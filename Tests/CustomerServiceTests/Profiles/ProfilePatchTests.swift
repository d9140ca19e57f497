import Commerce
import Testing

@testable import CustomerService

@Suite("A merge patch of a profile (RFC 7396)")
struct ProfilePatchTests {
    private func details(_ texts: [ProfileField: String]) -> ProfileDetails {
        var details = ProfileDetails()
        for (field, text) in texts { details[field] = text }
        return details
    }

    private func patched(_ before: [ProfileField: String], _ patch: String) throws -> ProfileDetails {
        try ProfilePatch(body: try .parse(patch)).applied(to: details(before))
    }

    @Test(
        "what it names is set, what it names null is removed, the rest stays",
        arguments: [
            (#"{}"#, [.name: "Ada", .city: "London"]),
            (#"{"name":"Grace"}"#, [.name: "Grace", .city: "London"]),
            (#"{"name":null}"#, [.city: "London"]),
            (#"{"shippingAddress":null}"#, [.name: "Ada"]),
            (#"{"shippingAddress":{}}"#, [.name: "Ada", .city: "London"]),
            (#"{"shippingAddress":{"city":null,"zipCode":"N1"}}"#, [.name: "Ada", .zipCode: "N1"]),
            (
                #"{"email":"a@b.c","phone":"+44 20 7946-0000"}"#,
                [.name: "Ada", .city: "London", .email: "a@b.c", .phone: "+44 20 7946-0000"]
            ),
        ] as [(String, [ProfileField: String])])
    func merges(patch: String, expected: [ProfileField: String]) throws {
        #expect(try patched([.name: "Ada", .city: "London"], patch) == details(expected))
    }

    @Test(
        "every fault is named with its place",
        arguments: [
            (#"[]"#, [""]), (#"{"nick":"x"}"#, ["/nick"]), (#"{"name":""}"#, ["/name"]), (#"{"name":5}"#, ["/name"]),
            (#"{"email":"nobody"}"#, ["/email"]), (#"{"email":"a@b@c"}"#, ["/email"]),
            (#"{"email":"a b@c.d"}"#, ["/email"]), (#"{"email":"a@.de"}"#, ["/email"]),
            (#"{"phone":"call me"}"#, ["/phone"]), (#"{"name":"a\u0007b"}"#, ["/name"]),
            (#"{"shippingAddress":"London"}"#, ["/shippingAddress"]),
            (
                #"{"shippingAddress":{"planet":"Mars","zipCode":"\#(String(repeating: "1", count: 33))"},"id":"1"}"#,
                ["/shippingAddress/zipCode", "/shippingAddress/planet", "/id"]
            ),
        ])
    func faults(patch: String, pointers: [String]) throws {
        let error = #expect(throws: InvalidBody.self) { try patched([:], patch) }
        #expect(error?.faults.map(\.pointer) == pointers)
    }

    @Test("a new customer may bring an id of the shop's own, or leave it to the server")
    func newCustomer() throws {
        #expect(try NewCustomer(body: .parse(#"{"name":"Ada"}"#)).id == nil)
        #expect(try NewCustomer(body: .parse(#"{"id":"1"}"#)).id?.text == "1")
        #expect(throws: InvalidBody.self) { try NewCustomer(body: .parse(#"{"id":""}"#)) }
        #expect(throws: InvalidBody.self) { try NewCustomer(body: .parse(#"{"id":1}"#)) }
    }
}
