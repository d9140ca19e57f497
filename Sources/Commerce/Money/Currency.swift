/// A currency of ISO 4217: its code and how many decimals its amounts have.
public struct Currency: Sendable, Hashable, CustomStringConvertible {
    /// Three upper-case letters: `USD`.
    public let code: String
    /// How many digits stand behind the point: 2 for USD, 0 for JPY, 3 for KWD.
    public let decimals: Int

    private init(code: String, decimals: Int) {
        self.code = code
        self.decimals = decimals
    }

    public static let usd = Currency(code: "USD", decimals: 2)

    /// A currency by its code; `nil` where ISO 4217 lists none that money is kept in.
    public init?(code: String) {
        guard let decimals = Self.decimals[code] else { return nil }
        self.init(code: code, decimals: decimals)
    }

    public var description: String { code }

    /// ISO 4217, list one, without funds codes, metals and test codes.
    private static let decimals: [String: Int] = {
        let byDecimals: [(Int, String)] = [
            (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
            (3, "BHD IQD JOD KWD LYD OMR TND"),
            (
                2,
                """
                AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
                CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL \
                HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP \
                MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD \
                SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS \
                VED VES WST XCD XCG YER ZAR ZMW ZWG
                """
            ),
        ]
        return Dictionary(
            uniqueKeysWithValues: byDecimals.flatMap { decimals, codes in
                codes.split(separator: " ").map { (String($0), decimals) }
            })
    }()
}
