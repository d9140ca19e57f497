"""What the cases do as customers of the shop, and how they see that nothing was lost and nothing counted twice."""

import http.client
import json
import threading
import time
import uuid

from machine import port, psql
from promises import eventually, expect

product = "01960000-0000-7000-8000-0000000000aa"


def request(daemon, method, path, body=None, headers=None, seconds=60):
    """One request on a connection of its own: status code and document."""
    connection = http.client.HTTPConnection("127.0.0.1", port[daemon], timeout=seconds)
    try:
        text = json.dumps(body) if body is not None else None
        connection.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def order_body(customer, **more):
    return {"customerId": customer, "items": [{"productId": product, "quantity": 1}], **more}


def place(customer, key=None):
    """Places an order and returns it."""
    code, order = request("productd", "POST", "/orders", order_body(customer),
                          {"Idempotency-Key": key or str(uuid.uuid4())})
    expect(code == 201, f"an order was answered {code}: {order}")
    return order


def new_customer():
    return str(uuid.uuid4())


def add_product():
    code, answer = request("productd", "POST", "/products", {
        "id": product, "sku": "LAMP-1", "name": "Lamp", "price": 10, "stock": None})
    expect(code in (201, 409), f"the product was answered {code}: {answer}")


def statistics(customer):
    code, answer = request("customerd", "GET", f"/customers/{customer}/orders")
    return answer["totalOrders"] if code == 200 else 0


def await_statistics(customer, orders, seconds=60):
    eventually(f"{orders} orders are in the statistics", lambda: statistics(customer) == orders, seconds)


def compare_databases(seconds=90):
    """Every order is in the statistics, once: compared over all that both databases hold."""
    orders = "SELECT count(*), coalesce(sum(total_minor), 0) FROM orders WHERE status <> 'CANCELLED'"
    applied = "SELECT coalesce(sum(total_orders), 0), coalesce(sum(total_spent_minor), 0) FROM customer_stats"

    def agree():
        there, here = psql("products_db", orders), psql("customers_db", applied)
        expect(there == here, f"orders and sum in productd {there}, in customerd's statistics {here}")
        return True

    eventually("both databases agree", agree, seconds)


class Shoppers:
    """Customers who place orders side by side, one request after the other, until they are stopped.

    A customer who is patient sends an order again, with its key, until it is answered 201; the others count each
    request that is not. `keep_alive`: all requests of one customer on one connection, for as long as the daemon keeps it.
    """

    def __init__(self, count=8, patient=False, keep_alive=False):
        self.customer = new_customer()
        self.patient = patient
        self.keep_alive = keep_alive
        self.accepted = 0
        self.failures = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._shop, daemon=True) for _ in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def await_more(self, orders, seconds=60):
        goal = self.accepted + orders
        eventually(f"{orders} more orders are accepted", lambda: self.accepted >= goal, seconds)

    def _shop(self):
        connection = None
        while not self._stop.is_set():
            key = str(uuid.uuid4())
            while True:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", port["productd"], timeout=60)
                outcome, stays = self._send(connection, key)
                if not stays:
                    connection.close()
                    connection = None
                if outcome == 201 or not self.patient:
                    break
                time.sleep(0.05)
            with self._lock:
                if outcome == 201:
                    self.accepted += 1
                else:
                    self.failures.append(outcome)

    def _send(self, connection, key):
        """The status code, or what went wrong; and whether the connection can be used again."""
        try:
            headers = {"Content-Type": "application/json", "Idempotency-Key": key}
            if not self.keep_alive:
                headers["Connection"] = "close"
            connection.request("POST", "/orders", json.dumps(order_body(self.customer)), headers)
            response = connection.getresponse()
            response.read()
            return response.status, self.keep_alive and not response.will_close
        except (OSError, http.client.HTTPException) as error:
            return repr(error), False
