public import AdminChannel

extension CommandTable {
    /// Commands of every shape that the daemons' have.
    public static let fuzzing = CommandTable([
        AdminCommand("status", role: .viewer, "") { _, _ in .ok() },
        AdminCommand(
            "spool list", role: .viewer, "",
            [.argument("partner", "", isRequired: false), .option("limit", ""), .flag("all", "")]
        ) { _, _ in .ok() },
        AdminCommand("spool", role: .viewer, "") { _, _ in .ok() },
        AdminCommand("discard", role: .admin, "", [.argument("id", ""), .option("reason", "")]) { _, _ in .ok() },
    ])
}

extension RequestFuzzer {
    /// Requests to ``CommandTable/fuzzing``, in both of their forms.
    public static let seeds = [
        "spool list acme --limit 5 --all", #"discard 1 --reason "no \"such\" shop""#, "status",
        #"{"command":"spool list","limit":5,"all":true,"partner":"\u00e9\ud83d\ude00"}"#,
        #"{"command":"discard","id":"1","reason":"[{}]"}"#, "spool list --limit=5 acme\r",
    ]
}
