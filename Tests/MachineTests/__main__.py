"""What Tradepost's packages promise, seen under a real systemd: python3 Tests/MachineTests PACKAGES LOGS [EXPRESSION]

To be run as root in a machine of its own (scripts/test-system does that), which it changes as an operator would: it
installs PACKAGES, has PostgreSQL and RabbitMQ of Debian run, and removes everything in the end. With
EXPRESSION only the cases whose sentence has a match of it, and those without which there would be nothing to test.
"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "Promises"))

import installing  # noqa: E402,F401  the cases, in the order of their imports
import ordering  # noqa: E402,F401
import supervising  # noqa: E402,F401
import reloading  # noqa: E402,F401
import restarting  # noqa: E402,F401
import leaving  # noqa: E402,F401
import packages  # noqa: E402
from machine import logged_since  # noqa: E402
from promises import run_all  # noqa: E402

packages.folder, logs = sys.argv[1:3]
passed, failed = run_all(logs, "".join(sys.argv[3:]), logged_since)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
