import Commerce

/// What a customer may have told about themselves: every member of a profile that a request may set.
enum ProfileField: Int, Sendable, Hashable, CaseIterable {
    case name, email, phone
    case street, city, state, zipCode, country

    /// The members of the profile itself.
    static let own: [ProfileField] = [.name, .email, .phone]
    /// The members of `shippingAddress`.
    static let address: [ProfileField] = [.street, .city, .state, .zipCode, .country]

    /// What JSON calls it.
    var memberName: StaticString {
        switch self {
        case .name: "name"
        case .email: "email"
        case .phone: "phone"
        case .street: "street"
        case .city: "city"
        case .state: "state"
        case .zipCode: "zipCode"
        case .country: "country"
        }
    }

    /// In bytes of UTF-8; the table has the same bounds.
    var maximumLength: Int {
        switch self {
        case .name, .email: 320
        case .phone: 64
        case .street: 1_000
        case .city, .state, .country: 255
        case .zipCode: 32
        }
    }

    /// What a text must be and is not; `nil` if nothing is wrong with it.
    func requirementMissed(by text: String) -> String? {
        if text.isEmpty { return "must not be empty; null removes it" }
        if text.utf8.count > maximumLength { return "must be at most \(maximumLength) bytes long" }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "must not have control characters"
        }
        return switch self {
        case .email where !isEmailAddress(text): "must be an email address, such as ada@example.com"
        case .phone where !isPhoneNumber(text): "must be a phone number: digits, spaces and + ( ) - . /"
        default: nil
        }
    }
}

/// Whether a text has the shape of an address: something, one `@`, and a domain. Whether anybody reads there, only a
/// message can tell.
private func isEmailAddress(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count), !text.contains(where: \.isWhitespace) else {
        return false
    }
    let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return labels.allSatisfy { (1...63).contains($0.count) }
}

private func isPhoneNumber(_ text: String) -> Bool {
    let digits = text.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return digits >= 3 && text.utf8.allSatisfy { "0123456789+()-./x ".utf8.contains($0) }
}
