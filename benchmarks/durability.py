"""What acknowledging on a replica costs: EnqueueContact on the cluster, `replicated` ÷ `local`.

Two servers over the same cluster, one of each kind, take the same load in turns. Many calls share
one WAIT (group commit), so the cost falls as more are in flight.
"""

from dataclasses import dataclass

from acd_client import AcdClient
from acd_client.channel import open_channel
from benchmarks.enqueue import prepare
from benchmarks.load import CENTER, alternate, enqueuer, rate
from benchmarks.numbers import ratio
from benchmarks.report import Result, at_least, counted, told
from benchmarks.stage import Stage, stand

GOAL, GOAL_AT = 0.8, 32


@dataclass(frozen=True)
class Size:
    rounds: int
    calls: dict[int, int]
    """Calls of each kind and round, by how many are in flight."""
    topology: str = "cluster"


SIZES = {
    "full": Size(11, {1: 200, 32: 1500, 256: 2500}),
    "quick": Size(3, {1: 30, 32: 300, 256: 512}),
    # A node has no replicas; what is tried here is the measure.
    "tiny": Size(2, {1: 5, 4: 20}, "node"),
}


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    store = stage.store(size.topology)
    durable = "replicated" if size.topology == "cluster" else "local"
    async with (
        stand(store.url, durability=durable) as safe,
        stand(store.url, durability="local") as quick,
        AcdClient(safe.router) as client,
        open_channel(safe.router) as replicated,
        open_channel(quick.router) as local,
    ):
        await prepare(client)
        ours, theirs = enqueuer(replicated), enqueuer(local)
        made = 0
        for in_flight, calls in size.calls.items():
            rates = await alternate(
                lambda n=in_flight, c=calls: rate(ours, c, n),  # type: ignore[misc]  # mypy sees no defaults
                lambda n=in_flight, c=calls: rate(theirs, c, n),  # type: ignore[misc]  # as above
                size.rounds,
            )
            found = ratio(*rates)
            made += 2 * found.rounds * calls
            name = f"replicated ÷ local, {in_flight} in flight"
            row = told(name, found.median)
            result.rows.append(at_least(name, found.median, GOAL) if in_flight == GOAL_AT else row)
            result.details[f"{in_flight} in flight"] = {
                "ratio": found.details(),
                "replicated_per_s": max(rates[0]),
                "local_per_s": max(rates[1]),
            }
        waiting = (await client.centers.get_center_snapshot(name=f"centers/{CENTER}")).waiting_count
    result.rows.append(counted("contacts in the queue", waiting, made))
    return result
