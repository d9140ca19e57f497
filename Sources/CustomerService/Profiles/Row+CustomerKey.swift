import Commerce
import Postgres

extension Row {
    /// A customer's id, as it came in once.
    func customerKey(_ column: Int) throws(PostgresError) -> CustomerKey {
        guard let key = CustomerKey(try get(column, as: String.self)) else {
            throw PostgresError(.decoding, "a customer's id is stored that could never have come in")
        }
        return key
    }
}
