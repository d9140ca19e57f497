"""The packages, and what README.Debian says to do with them."""

import pathlib
import re
import shlex
import subprocess

from machine import run
from promises import expect

# Where the packages are; __main__ says it.
folder = None


def install(*options):
    """Installs all of them as an operator would who has their files, also over themselves."""
    run(f"apt-get --yes --reinstall {' '.join(options)} install "
        + " ".join(shlex.quote(str(file)) for file in sorted(pathlib.Path(folder).glob("*.deb"))), seconds=300)


def first_steps(daemon, heading):
    """The commands that README.Debian has below a heading, each a line."""
    text = subprocess.run(
        ["zcat", "--force", f"/usr/share/doc/{daemon}/README.Debian", f"/usr/share/doc/{daemon}/README.Debian.gz"],
        capture_output=True, text=True, check=False).stdout
    found = re.search(rf"^{re.escape(heading)}\n-+\n(.*?)(?=^\S[^\n]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    expect(found, f"README.Debian of {daemon} has no chapter {heading!r}: {text[:300]}")
    lines = found[1].replace("\\\n", " ").replace("|\n", "| ").splitlines()
    return [line.strip() for line in lines if line.startswith("    ")]


def follow(daemon, heading, password=None):
    """Does what README.Debian says, but for what installs other packages."""
    for command in first_steps(daemon, heading):
        if command.startswith("apt "):
            continue
        # It asks for the password.
        command = re.sub(r"   it asks.*", "", command)
        text = f"{password}\n" if "add_user" in command else None
        run(f"bash -c {shlex.quote(command.replace('PASSWORD', password or ''))}", text=text)
