/// A decimal number taken apart: its sign, its digits, and how many of them stand behind the point.
struct DecimalDigits {
    private let isNegative: Bool
    /// The significant digits, each 0 to 9, without leading zeros.
    private let digits: [UInt8]
    /// How many of the digits stand behind the decimal point; negative where zeros must be added.
    private let scale: Int

    /// Reads `[-]digits[.digits][e[±]digits]`; `nil` for anything else, for more than 128 characters, and for exponents
    /// beyond ±99.
    init?(_ text: some StringProtocol) {
        var rest = text.utf8[...]
        guard rest.count <= 128 else { return nil }
        isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }

        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        guard !whole.isEmpty else { return nil }
        var digits = whole.map { $0 - UInt8(ascii: "0") }
        var scale = 0

        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            guard !fraction.isEmpty else { return nil }
            digits += fraction.map { $0 - UInt8(ascii: "0") }
            scale = fraction.count
            rest = rest.dropFirst(fraction.count + 1)
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            guard rest.count <= 3, let exponent = Int(String(decoding: rest, as: UTF8.self)) else { return nil }
            scale -= exponent
            rest = rest.dropFirst(rest.count)
        }
        guard rest.isEmpty else { return nil }
        self.digits = Array(digits.drop { $0 == 0 })
        self.scale = scale
    }

    /// The number times ten to the `decimals`, where that is whole and fits; else `nil`.
    func scaled(by decimals: Int) -> Int64? {
        let surplus = scale - decimals
        guard surplus > 0 else { return integer(digits + Array(repeating: 0, count: zeros(-surplus))) }
        guard digits.suffix(surplus).allSatisfy({ $0 == 0 }) else { return nil }
        return integer(digits.dropLast(surplus))
    }

    /// The same where what is lost is noise: the first six digits that go are all 0 or all 9.
    func scaledAndRounded(by decimals: Int) -> Int64? {
        let surplus = scale - decimals
        guard surplus >= 6 else { return nil }
        let kept = digits.dropLast(surplus)
        let lost = Array(repeating: 0, count: max(0, surplus - digits.count)) + digits.suffix(surplus)
        if lost.prefix(6).allSatisfy({ $0 == 0 }) { return integer(kept) }
        guard lost.prefix(6).allSatisfy({ $0 == 9 }), let down = integer(kept) else { return nil }
        let (up, overflow) = down.addingReportingOverflow(isNegative ? -1 : 1)
        return overflow ? nil : up
    }

    /// Zero stays zero whatever its exponent; any other number with so many zeros doesn't fit anyway.
    private func zeros(_ count: Int) -> Int {
        digits.isEmpty ? 0 : min(count, 20)
    }

    private func integer(_ digits: some Sequence<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = product.addingReportingOverflow(Int64(digit))
            guard !overflow, !overflowToo else { return nil }
            value = sum
        }
        return isNegative ? -value : value
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}
