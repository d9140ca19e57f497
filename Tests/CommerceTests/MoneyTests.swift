import Commerce
import TestSupport
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
            ("92233720368547758.07", .max), ("00012.5", 1_250), ("-92233720368547758.07", -.max), ("1e+2", 10_000),
            ("0.00", 0), ("0.0001e4", 100), ("1.23e1", 1_230), ("0.05", 5), ("100e-4", 1), ("1000e-1", 10_000),
            ("0e-99", 0), ("9223372036854775807e-2", .max), ("92233720368547758070e-3", .max),
            ("0." + String(repeating: "0", count: 126), 0), (String(repeating: "0", count: 127) + "7", 700),
        ] as [(String, Int64)])
    func parsed(text: String, minorUnits: Int64) {
        #expect(Money(decimal: text, currency: usd)?.minorUnits == minorUnits)
    }

    @Test(
        "what is no amount of the currency, or doesn't fit, is refused",
        arguments: [
            "", "-", ".", "1.", ".5", "+1", "1,5", "0x10", "1e", "1e+", "1e1000", "12.345", "0.001", "1e-3", "1e30",
            "92233720368547758.08", "-92233720368547758.08", "1e99", "1e100", "1e-100", "1e001", "1e--1", "1e+-1",
            "1e1.5",
            "1.2.3", "1-", "- 1", "$1", "1_000", "1,000.00", "1\0", "0.1\u{301}", String(repeating: "0", count: 129),
            String(repeating: "9", count: 128), "0.000000000000000000000000000001", "٣", "1 ", " 1", "NaN", "Infinity",
            "--1", "1e٣",
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
            ("-0.30000000000000004", -30), ("5.551115123125783e-17", 0), ("-29.999999999999996", -3_000),
            ("0.009999999999999787", 1), ("0.99999999", 100), ("12.34000001", nil), ("12.340000001", 1_234),
            ("12.349999", nil), ("12.34999999", 1_235), ("1e30", nil), ("92233720368547758.0799999999", nil),
            ("92233720368547758.0700000001", .max), ("12.3450000000001", nil),
        ] as [(String, Int64?)])
    func floatingPoint(text: String, minorUnits: Int64?) {
        #expect(Money(floatingPointDecimal: text, currency: usd)?.minorUnits == minorUnits)
    }

    @Test(
        "noise is told by the decimals of the currency",
        arguments: [
            ("JPY", "600.0000001", 600), ("JPY", "599.9999999", 600), ("JPY", "600.5", nil),
            ("JPY", "600.50000001", nil),
            ("KWD", "1.2340000001", 1_234), ("KWD", "1.2345", nil), ("KWD", "1.23400001", nil),
        ] as [(String, String, Int64?)])
    func floatingPointOfOthers(code: String, text: String, minorUnits: Int64?) throws {
        #expect(Money(floatingPointDecimal: text, currency: try currency(code))?.minorUnits == minorUnits)
    }

    @Test("every amount of cents that JavaScript adds up is read as it was meant")
    func sumsOfDoubles() {
        var random = SeededGenerator(seed: 99)
        for _ in 0..<5_000 {
            let cents = (0..<Int.random(in: 1...50, using: &random)).map { _ in
                Int64.random(in: 1...99_999, using: &random)
            }
            let sum = cents.reduce(0.0) { $0 + Double($1) / 100 }
            let money = Money(floatingPointDecimal: "\(sum)", currency: usd)
            #expect(money?.minorUnits == cents.reduce(0, +), "\(sum)")
        }
    }

    @Test("random text never crashes the reader, and what is read is printed and read the same")
    func mutations() {
        var random = SeededGenerator(seed: 17)
        let characters = Array("0123456789.eE+-")
        for _ in 0..<50_000 {
            let text = String(
                (0..<Int.random(in: 0...24, using: &random)).map { _ in
                    characters[.random(in: 0..<characters.count, using: &random)]
                })
            _ = Money(floatingPointDecimal: text, currency: usd)
            guard let money = Money(decimal: text, currency: usd) else { continue }
            #expect(Money(decimal: money.description, currency: usd) == money, "\(text)")
        }
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
        arguments: [
            (10, 4, 3), (10, 3, 3), (-10, 4, -3), (0, 3, 0), (5, 0, 0), (1, 2, 1), (7, 7, 1),
            (-1, 2, -1), (-1, 3, 0), (.max, 1, .max), (.min, 1, .min), (.max, .max, 1),
            (.max, 2, 4_611_686_018_427_387_904),
            (5, -1, 0),
        ]
            as [(Int64, Int64, Int64)])
    func share(minorUnits: Int64, count: Int64, share: Int64) {
        #expect(Money(minorUnits: minorUnits, currency: usd).divided(by: count).minorUnits == share)
    }
}
