import Commerce
import Daemon
import Hummingbird

extension HTTPContext {
    /// A path parameter that must be a UUID.
    ///
    /// - Throws: ``Problem`` `validation-failed` for anything else.
    func identifier<Kind>(_ name: String) throws -> Identifier<Kind> {
        guard let id = Identifier<Kind>(try parameters.require(name)) else {
            throw Problem.validationFailed([Fault(at: .root.member(name), "must be a UUID")])
        }
        return id
    }
}
