import Commerce

/// A customer to be, from the body of `POST /customers`.
struct NewCustomer: Sendable, Hashable {
    /// `nil` where the server shall choose one.
    let id: CustomerKey?
    let details: ProfileDetails

    /// - Throws: ``InvalidBody`` with everything that is wrong with the body.
    init(body: JSON) throws(InvalidBody) {
        var reader = ObjectReader(body)
        id =
            switch reader.value("id") {
            case nil: nil
            case .string(let text)?:
                CustomerKey(text) ?? reader.fault("id", "must be 1 to 255 bytes without control characters")
            default: reader.fault("id", "must be a string")
            }
        let patch = ProfilePatch(&reader)
        reader.refuseUnknownMembers()
        guard let patch, reader.faults.isEmpty else { throw InvalidBody(faults: reader.faults) }
        details = patch.applied(to: ProfileDetails())
    }
}
