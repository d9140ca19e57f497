import Commerce
import Daemon
import Hummingbird

extension OrderOutcome {
    /// The answer to `POST /orders`.
    ///
    /// - Throws: ``Problem`` for a refused order.
    func response() throws(Problem) -> Response {
        switch self {
        case .accepted(let order):
            var response = Response.json(
                order.answer, status: .created,
                headers: [.location: "/orders/\(order.id)", .eTag: EntityTag(version: 1).description])
            if order.isReplay { response.headers[.idempotentReplayed] = "true" }
            return response
        case .refused(let refusal):
            throw Problem(refusal)
        }
    }
}

extension OrderIntake {
    /// Reads an order that came over HTTP; what is none is a ``Problem``.
    func read(
        _ document: JSON.Document, from origin: Origin, idempotency: OrderSubmission.Idempotency?
    ) throws(Problem) -> OrderSubmission {
        do {
            return try submission(document, from: origin, idempotency: idempotency)
        } catch {
            throw .validationFailed(error.faults)
        }
    }

    /// Takes an order that came over HTTP; what can't be decided now is a ``Problem``.
    func take(_ submission: OrderSubmission) async throws(Problem) -> OrderOutcome {
        do {
            return try await submit(submission)
        } catch {
            throw Problem(error)
        }
    }
}

extension Problem {
    /// A refused order. The type is that of the first obstacle; each of them is listed with its place.
    init(_ refusal: OrderRefusal) {
        switch refusal {
        case .items(let items):
            let faults = items.map(\.fault)
            self.init(
                items.first?.reason.problemType ?? .validationFailed, faults.map(\.message).joined(separator: "; "),
                faults: faults)
        case .totalChanged(let expected, let actual):
            let fault = Fault(
                at: .root.member("expectedTotal"), "is \(expected), but the catalogue's prices add up to \(actual)")
            self.init(.priceChanged, fault.message, faults: [fault])
        case .totalTooLarge:
            let fault = Fault(at: .root.member("items"), "add up to more than any order may cost")
            self.init(.validationFailed, fault.message, faults: [fault])
        case .keyReused:
            self.init(
                .idempotencyKeyReused,
                "this Idempotency-Key came with another body before; use a new key for a new order")
        case .withheld:
            self.init(.validationFailed, "another order that belongs together with this one was refused")
        }
    }

    /// An order that could not be decided.
    init(_ undecided: OrderUndecided) {
        switch undecided {
        case .overloaded:
            self.init(.overloaded, "more orders are waiting than can be taken; try again in a moment")
        case .outboxFull:
            self.init(
                .overloaded, "too many events wait for RabbitMQ; orders are taken again when it has received some",
                retryAfter: .seconds(10))
        case .paused:
            self.init(
                .unavailable, "an operator has paused the taking of orders; send it again later",
                retryAfter: .seconds(10))
        case .unavailable:
            self.init(
                .unavailable,
                "the order could not be decided, since the database did not answer; send it again with the same "
                    + "Idempotency-Key",
                retryAfter: .seconds(2))
        case .faulty:
            self.init(.internal, "the database refused this order; the log says why, under this request's id")
        case .outOfStep, .stopping:
            self.init(.unavailable, "the server is stopping; send the order again", retryAfter: .seconds(2))
        }
    }
}

extension ItemRefusal {
    /// What stands in the way, and at which item.
    var fault: Fault {
        let item = FieldPath.root.member("items").index(index)
        return switch reason {
        case .unknownProduct: Fault(at: item.member("productId"), "names no product: \(productID)")
        case .archivedProduct:
            Fault(at: item.member("productId"), "names a product that is not sold any more: \(productID)")
        case .insufficientStock(let available):
            Fault(at: item.member("quantity"), "is more than the stock of product \(productID): \(available) left")
        case .priceChanged(let price): Fault(at: item.member("price"), "of product \(productID) is now \(price)")
        }
    }
}

extension ItemRefusal.Reason {
    var problemType: ProblemType {
        switch self {
        case .unknownProduct: .unknownProduct
        case .archivedProduct: .productArchived
        case .insufficientStock: .insufficientStock
        case .priceChanged: .priceChanged
        }
    }
}
