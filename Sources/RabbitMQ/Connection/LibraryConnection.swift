import CLibrabbitmq

/// librabbitmq's own connection, freed with the last who holds it.
///
/// `@unchecked Sendable`: one thread at a time uses it. While a ``Dial`` is under way that is the dialing thread; its
/// owner waits, and turns away for good if it stops waiting.
final class LibraryConnection: @unchecked Sendable {
    let state: amqp_connection_state_t
    /// Belongs to `state`.
    let socket: OpaquePointer

    init(usesTLS: Bool) throws(RabbitMQError) {
        guard let state = amqp_new_connection() else { throw Self.noMemory }
        guard let socket = usesTLS ? amqp_ssl_socket_new(state) : amqp_tcp_socket_new(state) else {
            amqp_destroy_connection(state)
            throw Self.noMemory
        }
        self.state = state
        self.socket = socket
    }

    deinit {
        amqp_destroy_connection(state)
    }

    private static let noMemory = RabbitMQError(.connectFailed, "no memory for a connection to RabbitMQ")
}
