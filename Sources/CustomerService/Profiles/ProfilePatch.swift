import Commerce

/// A JSON merge patch (RFC 7396) of a profile: what it names is set, what it names `null` is removed, the rest stays.
///
/// The same form creates a profile: a patch of an empty one.
struct ProfilePatch: Sendable, Hashable {
    private var changes: [Change] = []

    private struct Change: Sendable, Hashable {
        let field: ProfileField
        /// `nil` removes the field.
        let text: String?
    }

    /// - Returns: `nil` if something is wrong with the object; what that is stands in the reader's faults.
    init?(_ reader: inout ObjectReader) {
        for field in ProfileField.own { read(field, from: &reader) }
        if reader.has("shippingAddress") {
            if let address = reader.value("shippingAddress") {
                let fields = reader.nested(address, at: reader.path.member("shippingAddress")) { nested in
                    var patch = self
                    for field in ProfileField.address { patch.read(field, from: &nested) }
                    nested.refuseUnknownMembers()
                    return patch
                }
                self = fields ?? self
            } else {
                changes += ProfileField.address.map { Change(field: $0, text: nil) }
            }
        }
        guard reader.faults.isEmpty else { return nil }
    }

    private mutating func read(_ field: ProfileField, from reader: inout ObjectReader) {
        let member = "\(field.memberName)"
        guard reader.has(member) else { return }
        switch reader.value(member) {
        case nil:
            changes.append(Change(field: field, text: nil))
        case .string(let text)?:
            if let requirement = field.requirementMissed(by: text) {
                reader.fault(member, requirement)
            } else {
                changes.append(Change(field: field, text: text))
            }
        default:
            reader.fault(member, "must be a string or null")
        }
    }

    func applied(to details: ProfileDetails) -> ProfileDetails {
        var details = details
        for change in changes { details[change.field] = change.text }
        return details
    }
}

extension ProfilePatch {
    /// Reads the body of `PATCH /customers/{id}`.
    ///
    /// - Throws: ``InvalidBody`` with everything that is wrong with it.
    init(body: JSON) throws(InvalidBody) {
        var reader = ObjectReader(body)
        let patch = ProfilePatch(&reader)
        reader.refuseUnknownMembers()
        guard let patch, reader.faults.isEmpty else { throw InvalidBody(faults: reader.faults) }
        self = patch
    }
}
