"""`systemctl reload`: everything that can change while a daemon runs, or nothing."""

import os
import signal
import subprocess

from machine import (ask, await_ready, credential, daemons, is_active, journal, pid, psql, restart, restarts, run,
                     set_credential, set_settings, settings_file, shown, status)
from promises import eventually, expect, promise
from shop import Shoppers, await_statistics, compare_databases, new_customer, place

refused = "8a498321715c482db5dd1a76240e1d1a"


def value_of(daemon, key):
    code, rows = ask(daemon, "config")
    expect(code == 0, f"config: {rows}")
    return next(row["value"] for row in rows if row.get("key") == key)


@promise("a reload takes over the level of the log, and SIGHUP does, without a restart")
def good():
    for daemon in daemons:
        text = settings_file(daemon).read_text()
        before = pid(daemon)
        try:
            set_settings(daemon, log={"level": "debug"})
            run(f"systemctl reload {daemon}")
            customer = new_customer()
            order = place(customer)
            await_statistics(customer, 1)
            eventually("the order is logged", lambda: journal(f"TRADEPOST_ORDER={order['id']}", daemon=daemon))
        finally:
            settings_file(daemon).write_text(text)
            os.kill(before, signal.SIGHUP)
        eventually("the old level is back", lambda: "Configuration reloaded" in run(
            f"journalctl --unit={daemon} --lines=3 --output=cat"))
        order = place(customer)
        await_statistics(customer, 2)
        expect(not journal(f"TRADEPOST_ORDER={order['id']}", daemon=daemon), "it is logged still")
        expect(pid(daemon) == before, "it was started again")


@promise("passwords that change in PostgreSQL and RabbitMQ under load are taken over by a reload")
def passwords_change():
    texts = {daemon: settings_file(daemon).read_text() for daemon in daemons}
    try:
        for daemon in daemons:
            psql("postgres", f"ALTER ROLE {daemon} PASSWORD 'first'")
            set_settings(daemon, db={"host": "127.0.0.1"})
            set_credential(daemon, "db.password", "first")
        restart()
        await_ready()
        before = {daemon: pid(daemon) for daemon in daemons}
        with Shoppers(4, patient=True) as shoppers:
            shoppers.await_more(50)
            for daemon in daemons:
                psql("postgres", f"ALTER ROLE {daemon} PASSWORD 'second'")
                run(f"rabbitmqctl change_password {daemon} second")
                set_credential(daemon, "db.password", "second")
                set_credential(daemon, "rabbitmq.url", f"amqp://{daemon}:second@localhost")
                run(f"systemctl reload {daemon}")
            # Only a new connection shows which password is used.
            psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                             "WHERE usename IN ('productd', 'customerd')")
            run("rabbitmqctl close_all_connections 'a new password'")
            shoppers.await_more(50)
        await_ready()
        expect({daemon: pid(daemon) for daemon in daemons} == before, "a daemon was started again")
        await_statistics(shoppers.customer, shoppers.accepted)
    finally:
        for daemon in daemons:
            settings_file(daemon).write_text(texts[daemon])
            credential(daemon, "db.password").unlink(missing_ok=True)
        restart()
        await_ready()
    compare_databases()


@promise("a bad file is refused as a whole: the reload fails and says why, and the daemon goes on with what it had")
def bad():
    for daemon in daemons:
        text = settings_file(daemon).read_text()
        before = pid(daemon)
        try:
            for spoilt, named in ((text.replace('"info"', '"loud"'), "log.level"), ("{", "expected a member's name"),
                                  (text.replace('"user"', '"usr"').replace('"info"', '"debug"'), "db.usr")):
                seen = len(journal(f"MESSAGE_ID={refused}", daemon=daemon))
                settings_file(daemon).write_text(spoilt)
                code, _ = status(f"systemctl reload {daemon}")
                expect(code != 0, f"a reload with a wrong {named} succeeded")
                said = journal(f"MESSAGE_ID={refused}", daemon=daemon)[seen:]
                expect(any(named in entry["MESSAGE"] for entry in said), f"the log does not name {named}: {said}")
                expect(is_active(daemon) and pid(daemon) == before, f"{daemon} is {shown(daemon, 'ActiveState')}")
                expect(value_of(daemon, "log.level") == "info", "a part of the bad file is in force")
        finally:
            settings_file(daemon).write_text(text)
        run(f"systemctl reload {daemon}")
    await_ready()


@promise("reloads side by side and SIGHUPs between them, under load, refuse no order and end with an active unit")
def concurrent():
    before = {daemon: (pid(daemon), restarts(daemon)) for daemon in daemons}
    with Shoppers(4) as shoppers:
        shoppers.await_more(20)
        for _ in range(3):
            reloads = [subprocess.Popen(["systemctl", "reload", daemon]) for daemon in daemons for _ in range(8)]
            for daemon in daemons:
                os.kill(pid(daemon), signal.SIGHUP)
            for reload in reloads:
                expect(reload.wait(60) == 0, "a reload failed")
        shoppers.await_more(20)
    expect(not shoppers.failures, f"{len(shoppers.failures)} orders failed, such as {shoppers.failures[:3]}")
    for daemon in daemons:
        eventually(f"{daemon} is active", lambda: is_active(daemon))
        expect((pid(daemon), restarts(daemon)) == before[daemon], f"{daemon} was started again")
    await_statistics(shoppers.customer, shoppers.accepted)
