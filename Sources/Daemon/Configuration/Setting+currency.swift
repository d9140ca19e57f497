public import Commerce

extension Setting where Value == Currency {
    /// The one currency of a deployment: both daemons must have the same.
    public static var currency: Setting {
        Setting("currency", default: .usd, "ISO 4217 code of all amounts; the same for both daemons.") {
            text throws(SettingRefusal) in
            guard let currency = Currency(code: text) else {
                throw SettingRefusal("must be an ISO 4217 code in capitals, such as USD")
            }
            return currency
        }
    }
}
