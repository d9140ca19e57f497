import RabbitMQ
import Threads

/// How to reach RabbitMQ, and the queue's name.
public struct BrokerSettings: Sendable {
    public let url = Setting(
        "rabbitmq.url", default: "amqp://guest:guest@localhost:5672",
        "amqp:// or amqps:// URL, or several with commas, tried in turn.", isSecret: true
    ) { text throws(SettingRefusal) in
        do { _ = try BrokerOptions(url: text, connectionName: "") } catch {
            throw SettingRefusal("is refused: \(error)")
        }
        return text
    }
    public let queue: Setting<String>
    public let queueType = Setting.choice(
        "rabbitmq.queueType", default: QueueType.quorum,
        "quorum, or classic where NestJS services declare the same queue.")
    public let caFile = Setting.optionalText(
        "rabbitmq.caFile", "File with the certificates of the authorities that sign the broker's (amqps).")
    public let certificateFile = Setting.optionalText(
        "rabbitmq.certFile", "File with this client's certificate (amqps).")
    public let keyFile = Setting.optionalText("rabbitmq.keyFile", "File with this client's private key (amqps).")

    public init(queue: String) {
        self.queue = .text("rabbitmq.queue", default: queue, "Queue of the order events.")
    }

    public var all: [any SettingDeclaration] { [url, queue, queueType, caFile, certificateFile, keyFile] }
}

public enum QueueType: String, Sendable, CaseIterable {
    case quorum, classic
}

public struct BrokerConfiguration: Sendable {
    public let url: String
    public let queue: String
    public let queueType: QueueType
    public let caFile: String?
    public let certificateFile: String?
    public let keyFile: String?
    /// What holds since the configuration was read anew.
    let latest = Exchangeable<BrokerOptions?>(nil)

    public init(_ values: SettingValues, _ settings: BrokerSettings) {
        url = values[settings.url]
        queue = values[settings.queue]
        queueType = values[settings.queueType]
        caFile = values[settings.caFile]
        certificateFile = values[settings.certificateFile]
        keyFile = values[settings.keyFile]
    }
}
