import Commerce
import Testing

@Suite("Money is read, computed and printed exactly")
struct MoneyTests {
    private let usd = Currency.usd

    private func currency(_ code: String) throws -> Currency {
        try #require(Currency(code: code))
    }

    @Test(
        "decimal digits become minor units",
        arguments: [
            ("599.99", 59_999), ("0", 0), ("-0", 0), ("0.01", 1), ("600", 60_000), ("6e2", 60_000), ("1.5E+1", 1_500),
            ("59999e-2", 59_999), ("-1.20", -120), ("12.340", 1_234), ("12.3400000000000000000000", 1_234), ("0e30", 0),
            ("92233720368547758.07", .max), ("00012.5", 1_250),
        ] as [(String, Int64)])
    func parsed(text: String, minorUnits: Int64) {
        #expect(Money(decimal: text, currency: usd)?.minorUnits == minorUnits)
    }

    @Test(
        "what is no amount of the currency, or doesn't fit, is refused",
        arguments: [
            "", "-", ".", "1.", ".5", "+1", "1,5", "0x10", "1e", "1e+", "1e1000", "12.345", "0.001", "1e-3", "1e30",
            "92233720368547758.08", "٣", "1 ", " 1", "NaN", "Infinity", "--1", "1e٣",
        ])
    func refused(text: String) {
        #expect(Money(decimal: text, currency: usd) == nil)
    }

    @Test(
        "each currency has its own decimals",
        arguments: [("JPY", "600", "600"), ("KWD", "1.234", "1.234"), ("USD", "1.2", "1.20"), ("EUR", "0", "0.00")])
    func decimals(code: String, text: String, printed: String) throws {
        #expect(Money(decimal: text, currency: try currency(code))?.description == printed)
    }

    @Test("a decimal of a currency that has none is refused")
    func yen() throws {
        #expect(Money(decimal: "1.5", currency: try currency("JPY")) == nil)
        #expect(Money(decimal: "1.0", currency: try currency("JPY"))?.minorUnits == 1)
        #expect(Currency(code: "XYZ") == nil)
        #expect(Currency(code: "usd") == nil)
    }

    @Test(
        "an amount is printed as it is read",
        arguments: [0, 1, 9, 10, 99, 100, 12_345, -1, -12_345, Int64.max, Int64.min + 1])
    func roundTrip(minorUnits: Int64) throws {
        for code in ["USD", "JPY", "KWD"] {
            let money = Money(minorUnits: minorUnits, currency: try currency(code))
            #expect(Money(decimal: money.description, currency: money.currency) == money)
        }
    }

    @Test(
        "the noise of a JavaScript sum is taken for what it is, a third decimal is not",
        arguments: [
            ("0.30000000000000004", 30), ("59.970000000000006", 5_997), ("29.999999999999996", 3_000), ("24.25", 2_425),
            ("0.1", 10), ("12.345", nil), ("12.3449", nil), ("1e-7", nil), ("0.00000000000001", 0),
            ("-0.30000000000000004", -30),
        ] as [(String, Int64?)])
    func floatingPoint(text: String, minorUnits: Int64?) {
        #expect(Money(floatingPointDecimal: text, currency: usd)?.minorUnits == minorUnits)
    }

    @Test("sums and products that don't fit say so")
    func overflow() throws {
        let most = Money(minorUnits: .max, currency: usd)
        #expect(most.multiplied(by: 2) == nil)
        #expect(most.adding(Money(minorUnits: 1, currency: usd)) == nil)
        #expect(most.adding(Money(minorUnits: 0, currency: try currency("EUR"))) == nil)
        #expect(Money(minorUnits: 333, currency: usd).multiplied(by: 3)?.minorUnits == 999)
    }

    @Test(
        "a share is rounded half away from zero",
        arguments: [(10, 4, 3), (10, 3, 3), (-10, 4, -3), (0, 3, 0), (5, 0, 0), (1, 2, 1), (7, 7, 1)]
            as [(Int64, Int64, Int64)])
    func share(minorUnits: Int64, count: Int64, share: Int64) {
        #expect(Money(minorUnits: minorUnits, currency: usd).divided(by: count).minorUnits == share)
    }
}
