"""Cases that are promises: each is a function under @promise("a sentence that is true when it passes").

They run in the order in which they are written, because they are the life of one installation. One that fails keeps no
other from running; what was logged by then is kept for it.
"""

import pathlib
import subprocess
import time
import traceback

_cases = []


def promise(sentence):
    """Makes a function a case, called by a sentence."""

    def register(body):
        _cases.append((sentence, body))
        return body

    return register


class Broken(AssertionError):
    """A promise that does not hold, and what was seen instead."""


def expect(condition, otherwise):
    """Fails with what was seen, unless the condition is true."""
    if not condition:
        raise Broken(otherwise)


def eventually(what, condition, seconds=60):
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
        time.sleep(0.2)
    raise Broken(f"after {seconds} s it was still not so that {what} ({seen!r})")


def run_all(folder, only, kept, before, after):
    """Runs every case whose sentence contains the text; returns how many passed and failed.

    `kept` is called for the logs when one fails; `before` the first case if some are left out, `after` the last.
    """
    chosen = [case for case in _cases if only in case[0]]
    passed = failed = 0
    try:
        if len(chosen) < len(_cases):
            before()
        for sentence, body in chosen:
            began = time.monotonic()
            try:
                body()
            except Exception as error:  # pylint: disable=broad-except
                failed += 1
                reason = str(error) if isinstance(error, Broken) else traceback.format_exc()
                print(f"✘ {sentence} ({time.monotonic() - began:.1f} s)\n    " + reason.replace("\n", "\n    "), flush=True)
                keep(pathlib.Path(folder) / f"{failed:02}.log", sentence, reason, kept())
            else:
                passed += 1
                print(f"✔ {sentence} ({time.monotonic() - began:.1f} s)", flush=True)
    finally:
        after()
    return passed, failed


def keep(path, sentence, reason, log):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{sentence}\n\n{reason}\n\n{log}")
