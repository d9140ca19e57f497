"""What Tradepost's packages promise, seen under a real systemd: python3 Tests/MachineTests PACKAGES LOGS [EXPRESSION]

To be run as root in a machine of its own (scripts/test-system does that), which it changes as an operator would: it
installs PACKAGES, has PostgreSQL and RabbitMQ of Debian run, and removes everything in the end. With
EXPRESSION only the cases whose sentence has a match of it, and those without which there would be nothing to test.
"""

import sys

import installing  # noqa: F401  the cases, in the order of their imports
import ordering  # noqa: F401
import supervising  # noqa: F401
import reloading  # noqa: F401
import restarting  # noqa: F401
import leaving  # noqa: F401
import packages
from promises import run_all

packages.folder, logs = sys.argv[1:3]
passed, failed = run_all(logs, "".join(sys.argv[3:]))
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
