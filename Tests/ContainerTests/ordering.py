"""Orders, on every way in, and what operators ask."""

import json

import shop
import shoppers
from promises import eventually, expect, promise

grace = "01960000-0000-7000-8000-0000000000c2"


@promise("an order that is placed is in the customer's statistics")
def order():
    shoppers.stock_up()
    before = shop.statistics(grace).get("totalOrders", 0)
    status, placed = shoppers.order(grace)
    expect(status == 201 and placed["total"] == 19.90, f"{status} {placed}")
    eventually("it is counted", lambda: shop.statistics(grace)["totalOrders"] == before + 1)


@promise("a file that is dropped into the volume comes back as a receipt, and its orders are counted")
def file():
    before = shop.statistics(grace).get("totalOrders", 0)
    orders = "externalId,customerId,sku,quantity\n" + "".join(f"C-{n},{grace},LAMP-1,1\n" for n in range(3))
    drop = "cd /var/spool/productd/drop/demo && cat >.orders.csv && mv .orders.csv orders.csv"
    shop.execute("productd", "sh", "-c", drop, text=orders)
    receipt = eventually(
        "there is a receipt",
        lambda: json.loads(shop.execute("productd", "sh", "-c", "cat /var/spool/productd/receipts/demo/orders.csv.*")))
    expect(receipt["orders"] == {"accepted": 3, "refused": 0, "duplicates": 0}, f"{receipt}")
    eventually("they are counted", lambda: shop.statistics(grace)["totalOrders"] == before + 3)


@promise("docker compose exec gives operators each daemon's own tool, and the daemons may ask one another")
def operators():
    for daemon, tool in (("productd", "productctl"), ("customerd", "customerctl")):
        expect("ready; up for" in shop.execute(daemon, tool, "status"), f"{tool} status does not say that it is ready")
    eventually("reconcile finds no difference", lambda: shop.execute("customerd", "customerctl", "reconcile"))
    _, placed = shoppers.order(grace)
    eventually(
        "the order's whole way is seen",
        lambda: "applied" in shop.execute("productd", "productctl", "order", "trace", placed["id"]))
