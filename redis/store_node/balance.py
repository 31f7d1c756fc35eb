"""Each node holds one primary: the primary of its own shard is brought back to it.

After a failover a node holds two of three primaries, and nothing in Redis brings one back. Were that
node lost next, the last primary would be no majority: no failover, for ever.
"""

import time
from collections.abc import Callable

from store_node.membership import Membership
from store_node.settings import SHARDS
from store_node.view import UNREACHABLE, Member, Process

STEADY_S = 3.0
"""For so long the replica must have been in step before it takes over."""
HAND_OVER_S = 5.0


class Balance:
    def __init__(self, membership: Membership, clock: Callable[[], float] = time.monotonic) -> None:
        self._membership = membership
        self._clock = clock
        self._steady_since: float | None = None

    def bring_home(self) -> bool:
        """One look; True when it asked for the primary. Raises UNREACHABLE."""
        process = self._membership.own(self._membership.settings.node)
        if not _in_step(process):
            self._steady_since = None
            return False
        now = self._clock()
        self._steady_since = now if self._steady_since is None else self._steady_since
        if now - self._steady_since < STEADY_S:
            return False
        self._steady_since = None
        # Coordinated: the primary holds its clients until the replica has everything.
        process.ask("CLUSTER", "FAILOVER")
        return True

    def hand_over(self) -> None:
        """Gives every primary of this node to a replica elsewhere, before the node stops."""
        deadline = self._clock() + HAND_OVER_S
        for shard in range(1, SHARDS + 1):
            try:
                self._hand_over(shard, deadline)
            except UNREACHABLE:
                continue

    def _hand_over(self, shard: int, deadline: float) -> None:
        process = self._membership.own(shard)
        mine = process.myself()
        if not mine.slots:
            return
        heir = next((replica for replica in self._replicas(shard, mine) if _in_step(replica)), None)
        if heir is None:
            return
        heir.ask("CLUSTER", "FAILOVER")
        while process.myself().slots and self._clock() < deadline:
            time.sleep(0.05)

    def _replicas(self, shard: int, primary: Member) -> list[Process]:
        nodes = [node for node in range(1, SHARDS + 1) if node != self._membership.settings.node]
        found = []
        for process in (self._membership.process(node, shard) for node in nodes):
            try:
                if process.myself().primary == primary.id:
                    found.append(process)
            except UNREACHABLE:
                continue
        return found


def _in_step(process: Process) -> bool:
    """Whether it is a replica that has its primary's data and hears from it."""
    info = process.replication()
    return (
        info.get("role") == "slave"
        and info.get("master_link_status") == "up"
        and not info.get("master_sync_in_progress")
    )
