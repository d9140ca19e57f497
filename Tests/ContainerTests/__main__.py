"""What docker-compose.yml promises, seen with a Docker engine: python3 Tests/ContainerTests CHECKOUT LOGS [TEXT]

`docker` must talk to an engine that is the tests' own (scripts/test-containers starts one): the whole shop is built,
brought up, broken and deleted there. With TEXT only the cases whose sentence contains it, on a shop that is brought up for
them.
"""

import sys

import shop
from promises import run_all

shop.checkout, logs = sys.argv[1:3]

import starting  # noqa: E402,F401  the cases, in the order of their imports
import confining  # noqa: E402,F401
import ordering  # noqa: E402,F401
import failing  # noqa: E402,F401
import restarting  # noqa: E402,F401

passed, failed = run_all(logs, "".join(sys.argv[3:]), kept=shop.logs, before=shop.open_up, after=shop.close_down)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
