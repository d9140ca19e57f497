import NIOCore

/// In front of a listening socket: once told to stop, no further connection is accepted, whoever asks for one.
///
/// What comes then waits in the kernel's queue, for the next process if systemd holds the socket.
final class AcceptGate: ChannelOutboundHandler {
    typealias OutboundIn = Never

    struct Stop: Sendable {}

    private var isShut = false

    func read(context: ChannelHandlerContext) {
        if !isShut { context.read() }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Stop else { return context.triggerUserOutboundEvent(event, promise: promise) }
        isShut = true
        // Also ends what was asked for already.
        context.channel.setOption(.autoRead, value: false).cascade(to: promise)
    }
}
