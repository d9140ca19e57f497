"""What systemd does when a daemon is wedged, stopped or badly set up, and what it leaves alone."""

import os
import pathlib
import signal
import subprocess
import time

from machine import (await_ready, credential, daemons, drop_in, is_active, journal, pid, psql, readiness, restart,
                     restarts, run, set_credential, set_settings, settings_file, shown, status, status_line,
                     without_drop_ins)
from ordering import orders_file
from promises import eventually, expect, promise
from shop import await_statistics, new_customer, order_body, place, request

loops = {
    "productd": ("order-writer-0", "order-writer-1", "outbox-relay-0", "outbox-relay-1", "spool-0", "spool-watcher",
                 "admin", "http"),
    "customerd": ("order-events-0", "order-events-1"),
}
wedged = "fe11966d1a504f2db710131536d22a36"


def drop(name, customer):
    """A file in the drop directory, as root would put it there."""
    folder = pathlib.Path("/var/spool/productd/drop/acme")
    (folder / f".{name}").write_text(orders_file(customer, 1, name))
    os.chmod(folder / f".{name}", 0o640)
    (folder / f".{name}").rename(folder / name)


def give_work():
    """Something to do for every loop, whether it is answered or not."""
    customer = new_customer()
    try:
        for _ in range(4):
            request("productd", "POST", "/orders", order_body(customer), seconds=1)
    except OSError:
        pass
    for number in range(4):
        drop(f"{time.monotonic_ns()}-{number}.ndjson", customer)


def wedge(daemon, loop):
    drop_in(daemon, f"[Service]\nWatchdogSec=2s\nEnvironment=TRADEPOST_FAULT_STALL={loop}\n")
    began = time.time()
    restart(daemon)
    before = pid(daemon)
    give_work()
    eventually(f"{daemon} is started again", lambda: restarts(daemon) > 0 and pid(daemon) not in (0, before))
    said = journal(f"MESSAGE_ID={wedged}", f"--since=@{int(began)}", daemon=daemon)
    expect(any(entry["TRADEPOST_LOOPS"] == loop for entry in said), f"the log does not name {loop}: {said}")
    expect("Watchdog timeout" in run(f"journalctl --unit={daemon} --since=@{int(began)}"), "it was no watchdog")


@promise("each loop that is wedged, one after the other, has the watchdog restart its daemon, and the log names it")
def watchdog():
    try:
        for daemon, names in loops.items():
            for loop in names:
                wedge(daemon, loop)
            without_drop_ins()
            restart(daemon)
    finally:
        without_drop_ins()
        restart()
    await_ready()
    customer = new_customer()
    place(customer)
    await_statistics(customer, 1)


@promise("a daemon that is frozen as a whole is restarted after the 30 seconds of its unit")
def frozen():
    before = {daemon: pid(daemon) for daemon in daemons}
    began = time.monotonic()
    for daemon in daemons:
        os.kill(before[daemon], signal.SIGSTOP)
    for daemon in daemons:
        eventually(f"{daemon} is started again", lambda: pid(daemon) not in (0, before[daemon]), 60)
    # It was last fed at most half of that time before.
    expect(13 < time.monotonic() - began < 45, f"that took {time.monotonic() - began:.1f} s")
    await_ready()


@promise("a database that is away is no reason for the watchdog, nor is a broker: the daemons wait for them")
def servers_away():
    for daemon in daemons:
        drop_in(daemon, "[Service]\nWatchdogSec=5s\n")
    restart()
    await_ready()
    before = {daemon: pid(daemon) for daemon in daemons}
    try:
        run("systemctl stop postgresql", seconds=300)
        eventually("it is noticed", lambda: all(readiness(daemon)[0] == 503 for daemon in daemons))
        # Three times as long as the watchdog waits.
        time.sleep(15)
        for daemon in daemons:
            expect(pid(daemon) == before[daemon], f"{daemon} was started again")
            expect(status_line(daemon).startswith("not ready: "), f"systemctl status says {status_line(daemon)}")
    finally:
        run("systemctl start postgresql")
        await_ready()
        without_drop_ins()
    expect({daemon: pid(daemon) for daemon in daemons} == before, "a daemon was started again")
    restart()
    await_ready()


@promise("starting may take longer than systemd would wait, as long as it comes on")
def slow_start():
    drop_in("productd", "[Service]\nTimeoutStartSec=2s\n")
    # Another program migrates: the number is "tradepos" in ASCII.
    holder = subprocess.Popen(
        ["runuser", "-u", "postgres", "--", "psql", "--quiet", "--dbname=products_db",
         "--command=SELECT pg_advisory_lock(8390876139571146611), pg_sleep(600)"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        eventually("the lock is held",
                   lambda: psql("products_db", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "1")
        run("systemctl restart --no-block productd")
        eventually("it starts", lambda: shown("productd", "ActiveState") == "activating")
        time.sleep(8)
        expect(shown("productd", "ActiveState") == "activating" and restarts("productd") == 0,
               f"productd is {shown('productd', 'ActiveState')} while it waits")
        psql("products_db", "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        await_ready("productd")
        expect(restarts("productd") == 0, "it was started again")
    finally:
        holder.kill()
        holder.wait()
        without_drop_ins()


@promise("a wrong configuration ends with 78 and is not tried again; systemctl status names what is wrong")
def wrong_configuration():
    for daemon in daemons:
        good = settings_file(daemon).read_text()
        try:
            for text, named in ((good.replace('"user"', '"usr"'), "db.usr"), ("{", "expected a member's name"),
                                (good.replace('"port": 300', '"port": 9300'), "http.port")):
                settings_file(daemon).write_text(text)
                run(f"systemctl reset-failed {daemon}")
                code, _ = status(f"systemctl restart {daemon}")
                expect(code != 0, f"{daemon} has started with {named}")
                time.sleep(2)
                expect(shown(daemon, "ActiveState") == "failed" and restarts(daemon) == 0, "it was tried again")
                expect(shown(daemon, "ExecMainStatus") == "78", f"it ended with {shown(daemon, 'ExecMainStatus')}")
                said = run(f"bash -c 'systemctl status --no-pager --full {daemon} || true'")
                expect(named in said, f"systemctl status does not name {named}: {said}")
        finally:
            settings_file(daemon).write_text(good)
            restart(daemon)
    await_ready()


@promise("a missing or wrong password keeps nobody from starting: systemctl status names it, and a reload suffices")
def credentials_missing():
    for daemon in daemons:
        good = settings_file(daemon).read_text()
        psql("postgres", f"ALTER ROLE {daemon} PASSWORD 'open-sesame'")
        try:
            set_settings(daemon, db={"host": "127.0.0.1"})
            restart(daemon)
            expect(is_active(daemon), f"{daemon} is {shown(daemon, 'ActiveState')}")
            eventually("it says that there is no password", lambda: "DB_PASSWORD" in status_line(daemon))
            set_credential(daemon, "db.password", "wrong")
            run(f"systemctl reload {daemon}")
            eventually("it says that the password is wrong",
                       lambda: "password authentication failed" in status_line(daemon))
            before = pid(daemon)
            set_credential(daemon, "db.password", "open-sesame")
            run(f"systemctl reload {daemon}")
            await_ready(daemon)
            expect(pid(daemon) == before, "it was started again")
            expect("sesame" not in run(f"journalctl --boot --unit={daemon} --output=json"), "the password is in the log")
            code, printed = status(f"cat {credential(daemon, 'db.password')}", user=daemon)
            expect(code != 0, f"the daemon's user can read the file: {printed}")
        finally:
            credential(daemon, "db.password").unlink(missing_ok=True)
            settings_file(daemon).write_text(good)
            restart(daemon)
    await_ready()
