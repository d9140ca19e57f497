public import FoundationEssentials

// Values that may be missing: `null` then.
extension JSONWriter {
    public mutating func nullable(_ text: String?) {
        if let text { string(text) } else { null() }
    }

    public mutating func nullable(_ number: (some BinaryInteger)?) {
        if let number { integer(number) } else { null() }
    }

    public mutating func nullable(_ time: Date?) {
        if let time { date(time) } else { null() }
    }
}
