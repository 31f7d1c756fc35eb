"""The faults of a campaign: each breaks one thing for a while, at a place that the dice choose, and mends it.

The numbers are those of the matrix in the design's research (F1 to F28). A fault returns when all is well again; that
takes at most a minute, or the campaign has failed. What clients were told meanwhile is judged at the end.
"""

from tests.campaign.arena import Fault
from tests.campaign.network_faults import (
    balancer_killed,
    balancer_process_killed,
    balancer_reloaded,
    connections_reset,
    keeper_killed,
    packets_lost,
    store_node_unreachable,
    store_slow,
)
from tests.campaign.process_faults import (
    dispatcher_failpoints,
    dispatcher_killed,
    dispatcher_stopped,
    everything_killed,
    requests_doubled,
    server_failpoints,
    server_killed,
    server_restarted,
    server_stopped,
    stuck_readers,
)
from tests.campaign.stage import WITH_CLOCKS
from tests.campaign.store_faults import (
    clock_ahead,
    clock_back,
    disk_full,
    failover_forced,
    scripts_flushed,
    slots_migrated,
    store_full,
    store_node_deaf,
    store_node_killed,
    store_node_parted,
    store_node_slow,
    store_process_killed,
    store_process_stopped,
)

ON_STORE = (
    store_process_killed,
    store_node_killed,
    store_process_stopped,
    store_node_parted,
    store_node_deaf,
    store_full,
    disk_full,
    clock_back,
    slots_migrated,
    store_node_slow,
    failover_forced,
)
"""Faults of store nodes."""
ELSEWHERE = (
    server_killed,
    server_restarted,
    server_stopped,
    dispatcher_killed,
    dispatcher_stopped,
    store_node_unreachable,
    packets_lost,
    connections_reset,
    store_slow,
    requests_doubled,
    balancer_reloaded,
    keeper_killed,
    balancer_process_killed,
    balancer_killed,
    scripts_flushed,
    stuck_readers,
    server_failpoints,
    dispatcher_failpoints,
)
RARE = (everything_killed, clock_ahead)
"""Once in a while: they take long."""
SELDOM = 0.02
"""Share of the faults that are drawn from those."""
FAULTS: tuple[Fault, ...] = (*ON_STORE, *ELSEWHERE, *RARE)


def of(store: str, documents: str) -> tuple[Fault, ...]:
    """Those that a store can have."""
    lacking: set[Fault] = set() if store in WITH_CLOCKS else {clock_ahead, clock_back}
    if (store, documents) != ("valkey9", "string"):
        # Only newer ones move a slot as a whole, and not with a module that does not know how.
        lacking.add(slots_migrated)
    return tuple(fault for fault in FAULTS if fault not in lacking)
