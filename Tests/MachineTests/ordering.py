"""Each way in, by those who may take it."""

import json
import pathlib

from machine import ask, await_ready, restart, run, set_settings, status
from promises import eventually, expect, promise
from shop import add_product, await_statistics, new_customer, order_body, place


def user(name, *groups):
    run(f"useradd --create-home --user-group {name}")
    for group in groups:
        run(f"adduser {name} {group}")


def orders_file(customer, orders, name="orders"):
    """Lines of orders, as a partner would write them."""
    return "".join(
        json.dumps(order_body(customer, externalId=f"{name}-{number}")) + "\n" for number in range(orders))


@promise("an order over HTTP reaches the statistics")
def over_http():
    add_product()
    customer = new_customer()
    place(customer)
    await_statistics(customer, 1)


@promise("a member of productd-drop drops a file, gets a receipt, and its orders reach the statistics")
def over_the_spool():
    user("acme", "productd-drop")
    set_settings("productd", spool={"directory": "/var/spool/productd", "partners": "acme settle=rename"})
    restart("productd")
    await_ready()
    drop = pathlib.Path("/var/spool/productd/drop/acme")
    expect(run(f"stat --format=%a:%U:%G {drop}").strip() == "3730:productd:productd-drop", run(f"stat {drop}"))
    customer = new_customer()
    script = f"umask 027; cat >{drop}/.first.ndjson && mv {drop}/.first.ndjson {drop}/first.ndjson"
    run(f"bash -c '{script}'", user="acme", text=orders_file(customer, 3, "first"))
    receipts = eventually(
        "there is a receipt",
        lambda: run("bash -c 'cat /var/spool/productd/receipts/acme/first.ndjson.*.json'", user="acme"))
    receipt = json.loads(receipts)
    expect(receipt["outcome"] == "accepted" and receipt["orders"]["accepted"] == 3, f"the receipt says {receipt}")
    await_statistics(customer, 3)


@promise("who is not in productd-drop can drop nothing, and who is can't see what others dropped")
def not_over_the_spool():
    user("stranger")
    code, _ = status("touch /var/spool/productd/drop/acme/x.ndjson", user="stranger")
    expect(code != 0, "a stranger has dropped a file")
    code, _ = status("ls /var/spool/productd/drop/acme", user="acme")
    expect(code != 0, "a partner can list the directory")


@promise("productctl orders import brings the orders of a file to the statistics")
def over_the_admin_socket():
    customer = new_customer()
    file = pathlib.Path("/root/import.ndjson")
    file.write_text(orders_file(customer, 5, "import"))
    run(f"productctl orders import {file}")
    await_statistics(customer, 5)


@promise("groups decide who may do what: look, operate, or nothing")
def groups():
    user("vera", "productd-view")
    user("olga", "productd-admin")
    for command, who, ends in (
        ("status", "vera", 0), ("pause http", "vera", 4), ("status", "olga", 0),
        ("pause http --reason trying", "olga", 0), ("resume http", "olga", 0), ("reload", "olga", 4),
    ):
        code, said = status(f"productctl {command}", user=who)
        expect(code == ends, f"productctl {command} of {who} ended with {code}: {said}")
    expect(status("productctl status", user="stranger")[0] != 0, "a stranger is answered")
    expect(status("productctl status")[0] == 0, "root is not answered")


@promise("what can't be applied is parked, also with no more permissions in RabbitMQ than README.Debian gives")
def parked():
    run("rabbitmqctl eval 'rabbit_basic:publish(rabbit_misc:r(<<\"/\">>, exchange, <<\"tradepost.orders\">>), "
        "<<\"order_created\">>, [{delivery_mode, 2}], <<\"no order\">>).'")
    eventually("it is parked", lambda: any(row["t"] == "row" for row in ask("customerd", "dlq list")[1]))
    _, rows = ask("customerd", "dlq list")
    message = next(row for row in rows if row["t"] == "row")
    code, said = ask("customerd", f"dlq discard {message['id']} --reason 'a test' --yes")
    expect(code == 0, f"it can't be discarded: {said}")


@promise("each daemon may ask the other: order trace ends in the statistics, and reconcile finds no difference")
def one_another():
    customer = new_customer()
    order = place(customer)
    await_statistics(customer, 1)
    code, rows = ask("productd", f"order trace {order['id']}")
    expect(code == 0 and any(row.get("step") == "applied" and row.get("at") for row in rows), f"order trace: {rows}")
    code, rows = ask("customerd", "reconcile --settle 10")
    expect(code == 0, f"reconcile: {rows}")
