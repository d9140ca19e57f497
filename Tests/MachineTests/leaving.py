"""Upgraded, removed, purged, and installed once more; the spool is full."""

import os
import pathlib

import packages
from machine import await_ready, credential, daemons, pid, restart, run, set_credential, settings_file, status
from ordering import orders_file
from promises import eventually, expect, promise
from shop import Shoppers, await_statistics, compare_databases, new_customer

spool = pathlib.Path("/var/spool/productd")


def fill(name, files, orders):
    """Files of orders in the drop directory; returns the customer of them all."""
    customer = new_customer()
    for number in range(files):
        file = spool / "drop/acme" / f"{name}-{number}.ndjson"
        waiting = file.with_name("." + file.name)
        waiting.write_text(orders_file(customer, orders, f"{name}-{number}"))
        os.chmod(waiting, 0o640)
        waiting.rename(file)
    return customer


@promise("upgraded over themselves with a full spool and under load, the daemons are restarted and nothing is lost")
def upgrade():
    restart()
    await_ready()
    settings = {daemon: settings_file(daemon).read_text() for daemon in daemons}
    before = {daemon: pid(daemon) for daemon in daemons}
    with Shoppers(4, patient=True) as shoppers:
        customer = fill("upgrade", 200, 50)
        eventually("a file is being worked on", lambda: any((spool / "work").iterdir()))
        packages.install()
        shoppers.await_more(20)
    for daemon in daemons:
        expect(pid(daemon) not in (0, before[daemon]), f"{daemon} was not restarted")
        expect(settings_file(daemon).read_text() == settings[daemon], f"the settings of {daemon} have changed")
    await_ready()
    await_statistics(customer, 200 * 50, 180)
    await_statistics(shoppers.customer, shoppers.accepted)
    compare_databases()


@promise("removed with files in the spool, the packages leave the files, the settings and the passwords")
def remove():
    # Nothing must bring the daemon back, neither.
    run("systemctl stop productd")
    run("systemctl start productd.socket productd")
    await_ready()
    run("productctl pause ingest")
    remove.customer = fill("removed", 20, 5)
    set_credential("productd", "db.password", "kept")
    run("apt-get --yes remove productd customerd tradepost-common", seconds=300)
    for unit in ("productd.service", "productd.socket", "customerd.service"):
        expect(status(f"systemctl is-active {unit}")[0] != 0, f"{unit} is active still")
    expect(not pathlib.Path("/usr/sbin/productd").exists(), "productd is there still")
    expect(len(list((spool / "drop/acme").iterdir())) == 20, "files are gone from the spool")
    expect(settings_file("productd").exists() and credential("productd", "db.password").exists(), "settings are gone")


@promise("purged, they leave no settings and no passwords, but every file of the spool, and say so")
def purge():
    said = run("apt-get --yes purge productd customerd tradepost-common", seconds=300)
    expect(f"{spool} is kept" in said, f"it does not say that the spool is kept: {said}")
    expect(len(list((spool / "drop/acme").iterdir())) == 20, "files are gone from the spool")
    expect(not pathlib.Path("/etc/tradepost").exists(), "something is left in /etc/tradepost")


@promise("installed again, productd takes the files that were left")
def install_again():
    packages.install()
    set_credential("productd", "rabbitmq.url", "amqp://productd:second@localhost")
    set_credential("customerd", "rabbitmq.url", "amqp://customerd:second@localhost")
    restart()
    eventually("operators are answered", lambda: status("productctl status")[0] != 3)
    run("productctl resume ingest")
    await_ready()
    await_statistics(remove.customer, 20 * 5)
    compare_databases()


@promise("purged with an empty spool, nothing of it is left")
def purge_all():
    run("systemctl stop productd")
    # An operator has looked at what is done and takes it away.
    for folder in ("done", "rejected", "receipts"):
        run(f"find {spool}/{folder} -type f -delete")
    run("apt-get --yes purge productd customerd tradepost-common", seconds=300)
    expect(not spool.exists(), f"{spool} is left: {run(f'find {spool}', check=False)}")
    expect("tradepost" not in run("bash -c 'ls /usr/lib /etc'"), "something is left")
