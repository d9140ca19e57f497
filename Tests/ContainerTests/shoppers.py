"""Customers that place orders one after the other until they are told to go home, as real clients do: who gets no answer,
or 503, asks again with the same key."""

import threading
import time
import uuid

import shop
from promises import eventually, expect

lamp = "01960000-0000-7000-8000-0000000000aa"


def stock_up():
    """Puts on sale what everybody buys."""
    status, answer = shop.ask("productd", "/products", {"id": lamp, "sku": "LAMP-1", "name": "Lamp", "price": 19.90})
    expect(status in (201, 409), f"no product: {status} {answer}")


def order(customer, key=None):
    return shop.ask(
        "productd", "/orders", {"customerId": customer, "items": [{"productId": lamp, "quantity": 1}]},
        {"Idempotency-Key": key} if key else {})


class Shoppers:
    """Some customers who shop while the body of a `with` runs."""

    def __init__(self, count=8):
        self.accepted = {}
        self.undecided = 0
        self.surprises = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.threads = [threading.Thread(target=self.shop, args=(str(uuid.uuid4()),)) for _ in range(count)]

    def shop(self, customer):
        while not self.closing.is_set():
            key = str(uuid.uuid4())
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline:
                try:
                    status, answer = order(customer, key)
                except OSError:
                    status, answer = None, None
                with self.lock:
                    if status == 201:
                        self.accepted.setdefault(customer, set()).add(answer["id"])
                    elif status in (None, 503):
                        self.undecided += 1
                    else:
                        self.surprises.append((status, answer))
                if status not in (None, 503):
                    break
                time.sleep(0.1)

    def __enter__(self):
        stock_up()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        for thread in self.threads:
            thread.join()

    @property
    def count(self):
        with self.lock:
            return sum(len(orders) for orders in self.accepted.values())

    def await_orders(self, more):
        """Waits until so many more orders were accepted."""
        goal = self.count + more
        eventually(f"{more} more orders are accepted", lambda: self.count >= goal, 120)

    def expect_all_counted(self):
        """Every order that was answered 201 is in its customer's statistics, once, and no other is."""
        expect(not self.surprises, f"answers that must not be: {self.surprises[:3]}")
        expect(self.count > 0, "no order was accepted")
        for customer, orders in self.accepted.items():
            eventually(
                f"{len(orders)} orders of a customer are counted",
                lambda customer=customer, orders=orders: shop.statistics(customer)["totalOrders"] == len(orders), 120)
        everything = ",".join(f"'{order}'" for orders in self.accepted.values() for order in orders)
        for database, column, table in (("products-db", "id", "orders"), ("customers-db", "order_id", "customer_orders")):
            kept = shop.psql(database, f"SELECT count(*) FROM {table} WHERE {column} IN ({everything})")
            expect(int(kept) == self.count, f"{database} has {kept} of {self.count} accepted orders")
