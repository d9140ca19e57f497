import Commerce

extension JSONWriter {
    /// A file of the spool as a row: each member in each row, `null` where it is not known or does not apply.
    mutating func members(of entry: SpoolEntry) {
        name("id")
        string(entry.id)
        name("partner")
        string(entry.partner)
        name("name")
        string(entry.name)
        name("state")
        string(entry.state.rawValue)
        name("outcome")
        nullable(entry.outcome)
        name("sizeBytes")
        nullable(entry.size)
        name("records")
        nullable(entry.counts?.records)
        name("accepted")
        nullable(entry.counts?.accepted)
        name("refused")
        nullable(entry.counts?.refused)
        name("duplicates")
        nullable(entry.counts?.duplicates)
        name("receivedAt")
        date(entry.received)
        name("endedAt")
        nullable(entry.ended?.rfc3339)
        name("reason")
        nullable(entry.reason)
    }

    /// All that is known of a file.
    mutating func members(of view: FileView) {
        name("row")
        string("file")
        members(of: view.entry)
        name("path")
        string(view.path)
        name("sha256")
        nullable(view.sha256)
        name("hint")
        nullable(view.hint)
        name("heldAt")
        nullable(view.note?.at.rfc3339)
        name("heldByUid")
        nullable(view.note?.userID)
        name("receipt")
        value(view.receipt ?? .null)
    }

    /// Something that is wrong with a file: each member in each row.
    mutating func refusal(_ fault: FileFault) {
        name("row")
        string("refused")
        name("record")
        nullable(fault.record)
        name("line")
        nullable(fault.line)
        name("byte")
        nullable(fault.byte)
        name("field")
        nullable(fault.fault.field)
        name("code")
        string(fault.fault.code)
        name("message")
        string(fault.fault.message)
        name("excerpt")
        nullable(fault.fault.excerpt)
    }

    mutating func members(of backlog: PartnerBacklog) {
        name("partner")
        string(backlog.partner)
        name("waiting")
        integer(backlog.waiting)
        name("waitingBytes")
        integer(backlog.waitingBytes)
        name("oldestAt")
        nullable(backlog.oldest?.received.rfc3339)
        name("oldest")
        nullable(backlog.oldest?.name)
        name("deferred")
        integer(backlog.deferred)
        name("claimed")
        integer(backlog.claimed)
        name("held")
        integer(backlog.held)
    }
}
