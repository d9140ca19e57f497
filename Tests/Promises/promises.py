"""Cases that are promises: each is a function under @promise("a sentence that is true when it passes").

They run in the order in which they are written, because they are the life of one installation, from its beginning to its
removal. One that fails keeps no other from running. What was logged meanwhile is kept for each one that fails.
"""

import pathlib
import re
import subprocess
import time
import traceback

_cases = []


def promise(sentence, first=False):
    """Makes a function a case, called by a sentence. Without those that come first there is nothing to test."""

    def register(body):
        _cases.append((sentence, body, first))
        return body

    return register


class Broken(AssertionError):
    """A promise that does not hold, and what was seen instead."""


def expect(condition, otherwise):
    """Fails with what was seen, unless the condition is true."""
    if not condition:
        raise Broken(otherwise)


def eventually(what, condition, seconds=30):
    """Waits until a condition is true, and returns what it returned; it may fail with an error meanwhile."""
    deadline = time.monotonic() + seconds
    seen = None
    while time.monotonic() < deadline:
        try:
            result = condition()
            if result:
                return result
            seen = result
        except (AssertionError, OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
            seen = error
        time.sleep(0.1)
    raise Broken(f"after {seconds} s it was still not so that {what} ({seen!r})")


def run_all(folder, only, logged_since):
    """Runs every case whose sentence has a match of the regular expression; returns how many passed and failed.

    Of each that fails, `folder` gets what `logged_since` returns for the time at which it began.
    """
    passed = failed = 0
    for sentence, body, first in _cases:
        if not first and not re.search(only, sentence):
            continue
        began = time.time()
        try:
            body()
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"✘ {sentence} ({time.time() - began:.1f} s)", flush=True)
            reason = str(error) if isinstance(error, Broken) else traceback.format_exc()
            print("    " + reason.replace("\n", "\n    "), flush=True)
            log = pathlib.Path(folder) / f"{failed:02}.log"
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(f"{sentence}\n\n{reason}\n\n{logged_since(began)}")
            if first:
                break
        else:
            passed += 1
            print(f"✔ {sentence} ({time.time() - began:.1f} s)", flush=True)
    return passed, failed
