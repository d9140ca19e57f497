/// Where operators are answered.
public struct AdminSettings: Sendable {
    public let socket = Setting.optionalText(
        "admin.socket",
        "Unix socket on which operators are answered (productctl, customerctl); without it there is none.")

    public init() {}

    public var all: [any SettingDeclaration] { [socket] }
}
