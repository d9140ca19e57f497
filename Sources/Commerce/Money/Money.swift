/// An amount as a whole number of its currency's smallest unit.
///
/// It is read from decimal digits and printed as decimal digits, exactly; no `Double` is ever involved. Sums and products
/// that don't fit say so.
public struct Money: Sendable, Hashable, CustomStringConvertible {
    /// Cents for USD, yen for JPY, fils for KWD.
    public let minorUnits: Int64
    public let currency: Currency

    /// The largest amount that is taken from outside: 10^15 minor units, a size at which nine thousand of them still
    /// add up within 64 bits.
    public static let maximumMinorUnits: Int64 = 1_000_000_000_000_000

    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Reads a decimal number as JSON writes them: `599.99`, `600`, `6e2`.
    ///
    /// `nil` where it is no such number, where it has digits other than 0 beyond the currency's decimals, or where it
    /// doesn't fit.
    public init?(decimal text: String, currency: Currency) {
        guard let number = DecimalDigits(text), let units = number.scaled(by: currency.decimals) else { return nil }
        self.init(minorUnits: units, currency: currency)
    }

    /// Reads an amount that a JavaScript program computed in floating point, such as `0.30000000000000004`.
    ///
    /// Beyond the currency's decimals it takes six or more zeros or nines for the noise that they are, and rounds.
    /// `12.345` is still refused: nobody can say which cent was meant.
    public init?(floatingPointDecimal text: String, currency: Currency) {
        guard let number = DecimalDigits(text) else { return nil }
        guard let units = number.scaled(by: currency.decimals) ?? number.scaledAndRounded(by: currency.decimals) else {
            return nil
        }
        self.init(minorUnits: units, currency: currency)
    }

    /// `nil` when the product doesn't fit into 64 bits.
    public func multiplied(by quantity: Int) -> Money? {
        let (product, overflow) = minorUnits.multipliedReportingOverflow(by: Int64(quantity))
        return overflow ? nil : Money(minorUnits: product, currency: currency)
    }

    /// `nil` when the sum doesn't fit into 64 bits, or the currencies differ.
    public func adding(_ other: Money) -> Money? {
        let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
        return overflow || currency != other.currency ? nil : Money(minorUnits: sum, currency: currency)
    }

    /// This amount shared by `count`, rounded half away from zero; zero for a count of zero.
    public func divided(by count: Int64) -> Money {
        guard count > 0 else { return Money(minorUnits: 0, currency: currency) }
        let (quotient, remainder) = minorUnits.quotientAndRemainder(dividingBy: count)
        let roundsUp = remainder.magnitude >= (UInt64(count) + 1) / 2
        return Money(minorUnits: quotient + (roundsUp ? minorUnits.signum() : 0), currency: currency)
    }

    /// The amount with all of its currency's decimals: `599.90`, without the currency.
    public var description: String {
        var bytes: [UInt8] = []
        appendDecimal(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what ``description`` says.
    public func appendDecimal(to bytes: inout [UInt8]) {
        if minorUnits < 0 { bytes.append(UInt8(ascii: "-")) }
        let digits = String(minorUnits.magnitude).utf8
        let whole = digits.count - currency.decimals
        if whole <= 0 {
            bytes.append(UInt8(ascii: "0"))
        } else {
            bytes.append(contentsOf: digits.prefix(whole))
        }
        guard currency.decimals > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        for _ in 0..<max(0, -whole) { bytes.append(UInt8(ascii: "0")) }
        bytes.append(contentsOf: digits.suffix(currency.decimals))
    }
}
