public import Logging

/// The kinds of messages that people and their tools look for, whatever the words are.
///
/// In the journal the kind is the field `MESSAGE_ID` (systemd.journal-fields(7)), and `journalctl -x` explains it from
/// `tradepost.catalog`; in JSON lines it is the member `message_id`. The ids are random (`systemd-id128 new`), and never change.
public enum LogKind: String, Sendable, CaseIterable {
    case orderCommitted = "a6a59a9644e14255aa29c5f484741449"
    case eventApplied = "1d1a48ff21a14134accc80c993b6b312"
    case messageParked = "927070b4b7cc436d968cd6f0bd742491"
    case fileEnded = "3e1dc6122ae448d6b0967d84126811d5"
    case fileHeld = "073cee988f4c4293a5b010fd296d54d9"
    case operatorCommand = "e442fc39d746433f8e956dc42f5d899f"
    case loopWedged = "fe11966d1a504f2db710131536d22a36"
    case databaseLost = "6f38448d14754d57885c0eb30e806c63"
    case reloadRefused = "8a498321715c482db5dd1a76240e1d1a"
}

extension Logger.Metadata {
    /// Metadata of a message that has a kind.
    public static func kind(_ kind: LogKind, _ metadata: Logger.Metadata = [:]) -> Logger.Metadata {
        metadata.merging(["message_id": "\(kind.rawValue)"]) { $1 }
    }
}
