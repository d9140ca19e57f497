/// A decimal number taken apart: its sign, its digits, and how many of them stand behind the point.
struct DecimalDigits {
    private let isNegative: Bool
    /// The significant digits, each 0 to 9, without leading zeros; the first ``count`` of them are meant.
    private let digits: InlineArray<128, UInt8>
    private let count: Int
    /// How many of the digits stand behind the decimal point; negative where zeros must be added.
    private let scale: Int

    /// Reads `[-]digits[.digits][e[±]digits]`; `nil` for anything else, for more than 128 characters, and for exponents
    /// of more than two digits.
    init?(_ text: String) {
        var text = text
        guard let number = text.withUTF8({ DecimalDigits(utf8: $0) }) else { return nil }
        self = number
    }

    private init?(utf8 text: UnsafeBufferPointer<UInt8>) {
        guard text.count <= 128 else { return nil }
        var rest = text[...]
        var digits = InlineArray<128, UInt8>(repeating: 0)
        var count = 0

        func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }
        /// Takes the digits that come next, and says how many they are.
        func takeDigits() -> Int {
            let start = rest.startIndex
            while let byte = rest.first, isDigit(byte) {
                if count > 0 || byte != UInt8(ascii: "0") {
                    digits[count] = byte - UInt8(ascii: "0")
                    count += 1
                }
                rest = rest.dropFirst()
            }
            return rest.startIndex - start
        }

        isNegative = take("-")
        guard takeDigits() > 0 else { return nil }
        var scale = 0
        if take(".") {
            scale = takeDigits()
            guard scale > 0 else { return nil }
        }
        if take("e") || take("E") {
            let isDownward = take("-")
            if !isDownward { _ = take("+") }
            guard (1...2).contains(rest.count), rest.allSatisfy(isDigit) else { return nil }
            let exponent = rest.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            scale += isDownward ? exponent : -exponent
            rest = rest.dropFirst(rest.count)
        }
        guard rest.isEmpty else { return nil }
        self.digits = digits
        self.count = count
        self.scale = scale
    }

    /// The number times ten to the `decimals`, where that is whole and fits; else `nil`.
    func scaled(by decimals: Int) -> Int64? {
        let kept = count - (scale - decimals)
        for index in min(max(kept, 0), count)..<count where digits[index] != 0 { return nil }
        return integer(first: kept)
    }

    /// The same where what is lost is noise: the first six digits that go are all 0 or all 9.
    func scaledAndRounded(by decimals: Int) -> Int64? {
        let surplus = scale - decimals
        guard surplus >= 6 else { return nil }
        let kept = count - surplus
        let lost = (kept..<kept + 6).map(digit)
        if lost.allSatisfy({ $0 == 0 }) { return integer(first: kept) }
        guard lost.allSatisfy({ $0 == 9 }), let down = integer(first: kept) else { return nil }
        let (up, overflow) = down.addingReportingOverflow(isNegative ? -1 : 1)
        return overflow ? nil : up
    }

    /// A digit by its place: before the first and after the last one there are zeros.
    private func digit(_ index: Int) -> UInt8 {
        (0..<count).contains(index) ? digits[index] : 0
    }

    /// The integer that the first `length` digits are, with zeros where there are fewer; `nil` where it doesn't fit.
    private func integer(first length: Int) -> Int64? {
        guard count > 0 else { return 0 }
        var value: Int64 = 0
        for index in 0..<max(0, length) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = product.addingReportingOverflow(Int64(digit(index)))
            guard !overflow, !overflowToo else { return nil }
            value = sum
        }
        return isNegative ? -value : value
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}
