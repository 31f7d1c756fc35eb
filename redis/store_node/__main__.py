"""`python -m store_node`: runs a node. `python -m store_node check`: is it well?

Check exits with 0 when the three processes answer and see a cluster that serves.
"""

import logging
import signal
import sys

from store_node.membership import Membership
from store_node.settings import SHARDS, Settings, SettingsError, load
from store_node.supervisor import Supervisor
from store_node.view import UNREACHABLE


def check(settings: Settings) -> str:
    """What is wrong; empty when nothing is."""
    membership = Membership(settings)
    for shard in range(1, SHARDS + 1):
        process = membership.own(shard)
        try:
            if not process.cluster_ok():
                return f"{process.address} sees no cluster that serves"
        except UNREACHABLE as error:
            return f"{process.address}: {error}"
    return ""


def main() -> int:
    try:
        settings = load()
    except SettingsError as error:
        print(f"store_node: {error}", file=sys.stderr)
        return 2
    if sys.argv[1:] == ["check"]:
        wrong = check(settings)
        if wrong:
            print(wrong, file=sys.stderr)
        return int(bool(wrong))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s store_node %(message)s")
    supervisor = Supervisor(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: supervisor.stopping.set())
    supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
