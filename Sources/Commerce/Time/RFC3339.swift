public import FoundationEssentials

extension Date {
    /// This time in UTC with milliseconds, as JavaScript's `toISOString` prints it: `2026-11-23T11:10:10.513Z`.
    ///
    /// What lies before the year 0000 or after 9999 is printed as the first or last millisecond that RFC 3339 can tell.
    public var rfc3339: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        appendRFC3339(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func appendRFC3339(to bytes: inout [UInt8]) {
        let (day, ofDay) = millisecondsSince1970.flooredQuotientAndRemainder(by: 86_400_000)
        let date = CivilDate(daysSince1970: day)
        append(date.year, width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(date.month, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(date.day, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(ofDay / 3_600_000, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(ofDay / 60_000 % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(ofDay / 1_000 % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        append(ofDay % 1_000, width: 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// The millisecond that this time lies in, bounded to the years 0000 to 9999: the one number that an id's time, a
    /// printed time and a range's bound are all made of.
    var millisecondsSince1970: Int64 {
        let (first, last): (Int64, Int64) = (-62_167_219_200_000, 253_402_300_799_999)
        let exact = timeIntervalSince1970 * 1_000
        guard exact > Double(first) else { return first }
        guard exact < Double(last) else { return last }
        // A `Double` of seconds may stand a hair below the millisecond that it was made from.
        return Int64((exact + Swift.max(4 * exact.ulp, 0.000_3)).rounded(.down))
    }

    /// Reads a date-time of RFC 3339 §5.6, with any offset and any number of fraction digits; a lone date stands for its
    /// midnight in UTC. `nil` for anything else, also for a day that no calendar has, and for a time that an offset moves
    /// out of the years 0000 to 9999.
    public init?(rfc3339 text: String) {
        var rest = Array(text.utf8)[...]
        guard let year = number(4, from: &rest), take("-", from: &rest),
            let month = number(2, from: &rest), take("-", from: &rest), let day = number(2, from: &rest),
            let days = CivilDate(year: year, month: month, day: day).daysSince1970
        else { return nil }
        var seconds = days * 86_400
        var fraction = 0.0
        if !rest.isEmpty {
            guard take("T", from: &rest) || take("t", from: &rest) || take(" ", from: &rest),
                let hour = number(2, from: &rest), hour < 24, take(":", from: &rest),
                let minute = number(2, from: &rest), minute < 60, take(":", from: &rest),
                let second = number(2, from: &rest), second <= 60,
                let parsedFraction = Self.fraction(from: &rest), let offset = Self.offset(from: &rest), rest.isEmpty
            else { return nil }
            seconds += hour * 3_600 + minute * 60 + second - offset
            fraction = parsedFraction
        }
        guard (-62_167_219_200...253_402_300_799).contains(seconds) else { return nil }
        self.init(timeIntervalSince1970: Double(seconds) + fraction)
    }

    private static func fraction(from rest: inout ArraySlice<UInt8>) -> Double? {
        guard take(".", from: &rest) else { return 0 }
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        // Microseconds are the finest that PostgreSQL keeps.
        let micro = digits.prefix(6).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return Double(micro) / [10, 100, 1_000, 10_000, 100_000, 1_000_000][min(digits.count, 6) - 1]
    }

    private static func offset(from rest: inout ArraySlice<UInt8>) -> Int64? {
        if take("Z", from: &rest) || take("z", from: &rest) { return 0 }
        let isWest = rest.first == UInt8(ascii: "-")
        guard take("+", from: &rest) || take("-", from: &rest), let hours = number(2, from: &rest), hours < 24,
            take(":", from: &rest), let minutes = number(2, from: &rest), minutes < 60
        else { return nil }
        return (isWest ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
}

extension JSONWriter {
    /// A time as RFC 3339 text.
    public mutating func date(_ date: Date) {
        string(date.rfc3339)
    }
}

/// A day of the proleptic Gregorian calendar, by the algorithms of H. Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms" (2013).
private struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970 days: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredQuotientAndRemainder(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `nil` where the calendar has no such day.
    var daysSince1970: Int64? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shiftedYear.flooredQuotientAndRemainder(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        let back = CivilDate(daysSince1970: days)
        return back.month == month && back.day == day ? days : nil
    }
}

extension Int64 {
    fileprivate func flooredQuotientAndRemainder(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

private func append(_ number: Int64, width: Int, to bytes: inout [UInt8]) {
    var (power, rest): (Int64, Int64) = (width == 4 ? 1_000 : width == 3 ? 100 : 10, number)
    while power > 0 {
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / power))
        rest %= power
        power /= 10
    }
}

private func number(_ width: Int, from rest: inout ArraySlice<UInt8>) -> Int64? {
    let digits = rest.prefix(width)
    guard digits.count == width, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
        return nil
    }
    rest = rest.dropFirst(width)
    return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
}

private func take(_ character: Unicode.Scalar, from rest: inout ArraySlice<UInt8>) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
}
