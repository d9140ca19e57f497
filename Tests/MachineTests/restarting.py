"""Killed, restarted, and found again in the journal."""

import os
import random
import signal
from collections import Counter

from machine import await_ready, daemons, is_active, journal, pid, restart, run, shown
from promises import eventually, expect, promise
from shop import Shoppers, await_statistics, compare_databases, new_customer, place, request

kinds = {"productd": "a6a59a9644e14255aa29c5f484741449", "customerd": "1d1a48ff21a14134accc80c993b6b312"}


@promise("killed again and again under load, the daemons come back, and every order that was accepted counts once")
def killed():
    restart()
    await_ready()
    dice = random.Random(5)
    with Shoppers(8, patient=True) as shoppers:
        for _ in range(12):
            shoppers.await_more(dice.randrange(1, 60))
            for daemon in dice.sample(daemons, dice.randrange(1, 3)):
                if pid(daemon):
                    os.kill(pid(daemon), signal.SIGKILL)
        shoppers.await_more(50)
    await_ready()
    await_statistics(shoppers.customer, shoppers.accepted, 120)
    compare_databases()


@promise("with productd.socket a restart under load refuses no connection and fails no request")
def socket_activation():
    run("systemctl stop productd")
    run("systemctl enable --now productd.socket")
    run("systemctl start productd")
    await_ready()
    try:
        for keep_alive in (False, True):
            with Shoppers(8, keep_alive=keep_alive) as shoppers:
                for _ in range(3):
                    shoppers.await_more(30)
                    run("systemctl restart productd")
                shoppers.await_more(30)
            expect(not shoppers.failures, f"requests failed: {Counter(shoppers.failures)}")
            await_statistics(shoppers.customer, shoppers.accepted)
    finally:
        run("systemctl stop productd")
        run("systemctl disable --now productd.socket")
        run("systemctl start productd")
        await_ready()


@promise("with the sockets alone, the first request starts the daemon and is answered")
def started_by_a_request():
    for daemon in daemons:
        run(f"systemctl stop {daemon}")
        run(f"systemctl start {daemon}.socket")
        try:
            code, _ = request(daemon, "GET", "/livez")
            expect(code == 200, f"{daemon} answered {code}")
            eventually(f"{daemon} is active", lambda: is_active(daemon))
        finally:
            run(f"systemctl stop {daemon}")
            run(f"systemctl stop {daemon}.socket")
            run(f"systemctl start {daemon}")
    await_ready()


@promise("an order is found in the journal of both daemons, by its id, its customer, its request and its event")
def found_in_the_journal():
    run("productctl log-level debug --for 10m")
    run("customerctl log-level debug --for 10m")
    customer = new_customer()
    order = place(customer)
    await_statistics(customer, 1)
    fields = {}
    for daemon in daemons:
        entries = eventually(
            f"{daemon} has logged the order", lambda: journal(f"TRADEPOST_ORDER={order['id']}", daemon=daemon))
        found = [entry for entry in entries if entry.get("MESSAGE_ID") == kinds[daemon]]
        expect(found, f"no entry of {daemon} has the kind {kinds[daemon]}: {entries}")
        fields[daemon] = found[0]
    request_id, event_id = fields["productd"]["TRADEPOST_REQUEST"], fields["customerd"]["TRADEPOST_EVENT"]
    for daemon in daemons:
        expect(journal(f"TRADEPOST_REQUEST={request_id}", daemon=daemon), f"{daemon} does not know the request")
        expect(journal(f"TRADEPOST_CUSTOMER={customer}", daemon=daemon), f"{daemon} does not know the customer")
    expect(journal(f"TRADEPOST_EVENT={event_id}", daemon="customerd"), "customerd does not know the event")
    run("productctl log-level info --for 1s")
    run("customerctl log-level info --for 1s")
    run("productctl pause http --reason 'for the journal'")
    run("productctl resume http")
    asked = journal("TRADEPOST_COMMAND=pause", "TRADEPOST_UID=0", "TRADEPOST_RESULT=ok", daemon="productd")
    expect(asked, "the operator's command is not found")


@promise("the line of systemctl status has the rate of orders, what waits, and what is paused")
def status_shown():
    with Shoppers(4) as shoppers:
        shoppers.await_more(10)
        eventually("it shows the rate", lambda: "orders/s" in shown("productd", "StatusText"))
    run("productctl pause publish --reason stocktaking")
    try:
        place(new_customer())
        eventually("it shows the pause", lambda: "publish is paused" in shown("productd", "StatusText"))
        eventually("it shows the backlog", lambda: "outbox" in shown("productd", "StatusText"))
    finally:
        run("productctl resume publish")
    eventually("it is ready again", lambda: shown("productd", "StatusText").startswith("ready"))
