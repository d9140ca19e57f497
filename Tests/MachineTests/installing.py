"""From nothing to a first order: what is installed, and what happens before and when the servers are there."""

import grp
import pathlib
import pwd
import re
import stat

import packages
from machine import (await_ready, daemons, is_active, pid, psql, readiness, restarts, run, shown, status,
                     status_line, tool)
from promises import eventually, expect, promise
from shop import add_product, await_statistics, new_customer, place


@promise("the packages install, and both daemons run at once, without database, broker or any setting",
         first=True)
def install():
    packages.install()
    for daemon in daemons:
        eventually(f"{daemon} is active", lambda: is_active(daemon))
        expect(run(f"systemctl is-enabled {daemon}").strip() == "enabled", f"{daemon} is not enabled")
        code, enabled = status(f"systemctl is-enabled {daemon}.socket")
        expect(enabled.strip() == "disabled", f"{daemon}.socket is {enabled}, nobody asked for it ({code})")
        expect(not is_active(f"{daemon}.socket"), f"{daemon}.socket is active, nobody asked for it")


@promise("without its database a daemon takes no requests, and systemctl status says what to set")
def not_ready():
    for daemon in daemons:
        eventually(f"{daemon} says what is missing", lambda: "check DB_HOST and DB_PORT" in status_line(daemon))
        code, document = readiness(daemon)
        expect(code == 503 and document["status"] == "down", f"/readyz of {daemon} answers {code}: {document}")
        expect("check DB_HOST" in run(f"systemctl status --no-pager --lines=0 --full {daemon}"), "it is not shown")


@promise("systemd has nothing to say against the units, and rates them 1.2 or lower")
def verified():
    for daemon in daemons:
        said = run(f"systemd-analyze verify {daemon}.service {daemon}.socket")
        expect(said == "", f"systemd-analyze verify: {said}")
        rated = run(f"systemd-analyze security --no-pager {daemon}.service")
        score = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", rated)[1])
        expect(score <= 1.2, f"{daemon} is rated {score}")
        expect(shown(daemon, "WatchdogUSec") == "30s", f"the watchdog waits {shown(daemon, 'WatchdogUSec')}")


@promise("users, groups, directories and their modes are as documented")
def owned():
    for user, group in (("productd", "productd-drop"), ("productd", "customerd-view"), ("customerd", "productd-admin")):
        expect(user in grp.getgrnam(group).gr_mem, f"{user} is not in {group}")
    for path, mode, owner, group in (
        ("/var/spool/productd", 0o755, "productd", "productd"),
        ("/var/spool/productd/drop", 0o2711, "productd", "productd-drop"),
        ("/var/spool/productd/receipts", 0o2711, "productd", "productd-drop"),
        ("/var/spool/productd/work", 0o700, "productd", "productd"),
        ("/run/productd", 0o2750, "productd", "productd-view"),
        ("/run/customerd", 0o2750, "customerd", "customerd-view"),
        ("/run/productd/admin.sock", 0o660, "productd", "productd-view"),
        ("/etc/tradepost/credentials/productd", 0o700, "root", "root"),
        ("/etc/tradepost/credentials/customerd", 0o700, "root", "root"),
    ):
        seen = pathlib.Path(path).stat()
        found = (stat.S_IMODE(seen.st_mode), pwd.getpwuid(seen.st_uid).pw_name, grp.getgrgid(seen.st_gid).gr_name)
        expect(found == (mode, owner, group), f"{path} is {found[0]:o} {found[1]}:{found[2]}")


@promise("each program has its manual and its completions, and runs with the libraries of its package alone")
def documented():
    for page in ("productd.8", "customerd.8", "productctl.1", "customerctl.1", "productd.json.5", "customerd.json.5",
                 "spool.5"):
        name, section = page.rsplit(".", 1)
        run(f"man --where {section} {name}")
    for program in (*daemons, *tool.values()):
        for file in (f"bash-completion/completions/{program}", f"zsh/vendor-completions/_{program}",
                     f"fish/vendor_completions.d/{program}.fish"):
            expect(pathlib.Path("/usr/share", file).stat().st_size > 100, f"{file} is empty")
        libraries = run(f"ldd /usr/bin/{program} /usr/sbin/{program}", check=False)
        expect("not found" not in libraries, f"a library is missing: {libraries}")
    for line in run("ldd /usr/sbin/productd").splitlines():
        if "libswift" in line or "libFoundation" in line:
            expect("/usr/lib/tradepost/" in line, f"another library is used: {line}")


@promise("the database comes, with what README.Debian says, and the running daemons go on by themselves",
         first=True)
def database_comes():
    before = {daemon: pid(daemon) for daemon in daemons}
    version = sorted(path.name for path in pathlib.Path("/usr/lib/postgresql").iterdir())[-1]
    run(f"pg_createcluster --locale=C.UTF-8 {version} main", seconds=300)
    run("systemctl start postgresql")
    for daemon in daemons:
        eventually(f"{daemon} says that its role is missing", lambda: "does not exist" in status_line(daemon), 60)
        packages.follow(daemon, "PostgreSQL on the same machine")
    for daemon in daemons:
        eventually(f"{daemon} takes requests", lambda: readiness(daemon)[0] == 200, 60)
        expect(pid(daemon) == before[daemon] and restarts(daemon) == 0, f"{daemon} was started again")


@promise("without RabbitMQ the daemons are degraded, say so, and take orders all the same")
def without_broker():
    for daemon in daemons:
        eventually(f"{daemon} says what it lacks",
                   lambda: status_line(daemon).startswith("degraded: ") and "RabbitMQ" in status_line(daemon))
    add_product()
    place(new_customer())


@promise("RabbitMQ comes, with what README.Debian says, and the order that waited reaches the statistics",
         first=True)
def broker_comes():
    add_product()
    customer = new_customer()
    place(customer)
    run("systemctl start rabbitmq-server", seconds=300)
    # Its own users, and not guest, which it lets in while it is fresh.
    run("rabbitmqctl delete_user guest")
    for daemon in daemons:
        packages.follow(daemon, "RabbitMQ", password=f"secret of {daemon}".replace(" ", "-"))
    await_ready()
    await_statistics(customer, 1)
    expect(psql("products_db", "SELECT count(*) FROM outbox") == "0", "an event waits still")
