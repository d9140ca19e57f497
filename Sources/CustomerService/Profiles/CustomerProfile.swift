import Commerce
import FoundationEssentials

/// A customer as `GET /customers/{id}` shows them.
struct CustomerProfile: Sendable, Hashable {
    let id: CustomerKey
    var details: ProfileDetails
    let createdAt: Date
    let updatedAt: Date
    /// Rises with every change.
    let version: Int64
}

/// What a customer told about themselves, as far as they did.
struct ProfileDetails: Sendable, Hashable {
    private var texts: [ProfileField: String] = [:]

    subscript(field: ProfileField) -> String? {
        get { texts[field] }
        set { texts[field] = newValue }
    }

    var hasAddress: Bool {
        ProfileField.address.contains { texts[$0] != nil }
    }
}

extension JSONWriter {
    /// A profile; what isn't known is `null`, as the old service answered it.
    mutating func profile(_ profile: CustomerProfile) {
        object {
            $0.name("id")
            $0.string(profile.id.text)
            $0.fields(ProfileField.own, of: profile.details)
            $0.name("shippingAddress")
            if profile.details.hasAddress {
                $0.object { $0.fields(ProfileField.address, of: profile.details) }
            } else {
                $0.null()
            }
            $0.name("createdAt")
            $0.date(profile.createdAt)
            $0.name("updatedAt")
            $0.date(profile.updatedAt)
        }
    }

    private mutating func fields(_ fields: [ProfileField], of details: ProfileDetails) {
        for field in fields {
            name(field.memberName)
            if let text = details[field] { string(text) } else { null() }
        }
    }
}
