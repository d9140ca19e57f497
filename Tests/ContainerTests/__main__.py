"""What docker-compose.yml promises, seen with a Docker engine: python3 Tests/ContainerTests CHECKOUT LOGS [EXPRESSION]

`docker` must talk to an engine that is the tests' own (scripts/test-containers starts one): the whole shop is built,
brought up, broken and deleted there. With EXPRESSION only the cases whose sentence has a match of it, and the one without
which there would be nothing to test.
"""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "Promises"))

import starting  # noqa: E402,F401  the cases, in the order of their imports
import confining  # noqa: E402,F401
import ordering  # noqa: E402,F401
import failing  # noqa: E402,F401
import restarting  # noqa: E402,F401
import shop  # noqa: E402
from promises import run_all  # noqa: E402

shop.checkout, logs = sys.argv[1:3]
try:
    passed, failed = run_all(logs, "".join(sys.argv[3:]), shop.logged_since)
finally:
    shop.close_down()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
