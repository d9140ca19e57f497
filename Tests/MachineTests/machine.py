"""What the cases say of the machine that they run in: commands, units, files, the journal."""

import json
import pathlib
import shlex
import subprocess

from promises import eventually, expect

daemons = ("productd", "customerd")
port = {"productd": 3001, "customerd": 3002}
tool = {"productd": "productctl", "customerd": "customerctl"}


def run(command, user=None, text=None, check=True, seconds=120):
    """Runs a command, a line as one types it, as root or as somebody else; returns what it printed, both streams."""
    words = shlex.split(command)
    if user:
        words = ["runuser", "-u", user, "--", *words]
    done = subprocess.run(
        words, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False,
        cwd="/",
    )
    expect(not check or done.returncode == 0, f"`{command}` ended with {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout


def status(command, user=None):
    """The exit status of a command, and what it printed."""
    words = shlex.split(command)
    if user:
        words = ["runuser", "-u", user, "--", *words]
    done = subprocess.run(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False, cwd="/")
    return done.returncode, done.stdout


def shown(unit, name):
    """A property of a unit, as systemctl show has it."""
    return run(f"systemctl show --property={name} --value {unit}").strip()


def pid(daemon):
    return int(shown(daemon, "MainPID"))


def restarts(daemon):
    return int(shown(daemon, "NRestarts"))


def is_active(daemon):
    return shown(daemon, "ActiveState") == "active"


def status_line(daemon):
    """What `systemctl status` shows behind "Status:"."""
    return shown(daemon, "StatusText")


def readiness(daemon):
    """The status code of /readyz, and its document."""
    printed = run(f"curl --silent --max-time 5 --write-out '\\n%{{http_code}}' localhost:{port[daemon]}/readyz")
    document, code = printed.rsplit("\n", 1)
    return int(code), json.loads(document)


def is_ready(daemon):
    code, document = readiness(daemon)
    return code == 200 and document["status"] == "ready"


def await_ready(*which, seconds=60):
    for daemon in which or daemons:
        eventually(f"{daemon} is ready", lambda: is_active(daemon) and is_ready(daemon), seconds)


def journal(*matches, daemon=None):
    """The entries of the journal of this boot that have all these fields."""
    unit = f"--unit={daemon}" if daemon else ""
    printed = run(f"journalctl --boot --no-pager --output=json --all {unit} {' '.join(matches)}")
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def drop_in(daemon, text):
    """Gives a unit what `systemctl edit` would; the daemon is not restarted."""
    folder = pathlib.Path(f"/etc/systemd/system/{daemon}.service.d")
    folder.mkdir(exist_ok=True)
    (folder / "test.conf").write_text(text)
    run("systemctl daemon-reload")


def without_drop_ins():
    for daemon in daemons:
        pathlib.Path(f"/etc/systemd/system/{daemon}.service.d/test.conf").unlink(missing_ok=True)
    run("systemctl daemon-reload")


def restart(*which):
    """Restarts daemons, whatever was counted against them before."""
    for daemon in which or daemons:
        run(f"systemctl reset-failed {daemon}")
        run(f"systemctl restart {daemon}")


def settings(daemon):
    return json.loads(settings_file(daemon).read_text())


def settings_file(daemon):
    return pathlib.Path(f"/etc/tradepost/{daemon}.json")


def set_settings(daemon, **changes):
    """Changes the configuration file: set_settings("productd", log={"level": "debug"})."""
    new = settings(daemon)
    for section, values in changes.items():
        new.setdefault(section, {}).update(values)
    settings_file(daemon).write_text(json.dumps(new, indent=2) + "\n")


def credential(daemon, name):
    return pathlib.Path(f"/etc/tradepost/credentials/{daemon}/{name}")


def set_credential(daemon, name, value):
    file = credential(daemon, name)
    file.touch(mode=0o600)
    file.write_text(value + "\n")


def ask(daemon, command, user=None):
    """What an operator is answered: the exit status and the rows."""
    code, printed = status(f"{tool[daemon]} --json {command}", user)
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return code, lines


def psql(database, statement):
    """One value, or nothing."""
    return run(f"psql --no-psqlrc --tuples-only --no-align --dbname={database} --command={shlex.quote(statement)}",
               user="postgres").strip()


def logged_since(began):
    """What the journal says from a time on, in seconds since 1970."""
    return subprocess.run(
        ["journalctl", "--no-pager", "--output=short-precise", f"--since=@{int(began)}"],
        capture_output=True, text=True, check=False,
    ).stdout
