"""What it costs a server and the store to look at every center once a second.

The cost of a look is what many centers take more than few, by the looks that there were more: the store counts
them, since on a busy machine sweeps come later than each second. Each center has a contact that waits, so
that there is a deadline to tell of. One stream of work is open, as without any nothing is looked at.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from acd.v1.dispatch_service_pb2 import WatchWorkResponse
from acd_client import AcdClient
from acd_client.calls import Stream
from acd_server.store import Store
from acd_server.work import SWEEP_S
from benchmarks import machine
from benchmarks.report import Result, at_most, counted, told
from benchmarks.stage import Stack, Stage, only
from benchmarks.store_meter import POLICY, crowd

LIMIT = 0.25
"""Share of a core of a server for 1,000 centers: what the scale estimate may count on."""
THOUSAND = 1000
FIRST_S = 120.0


@dataclass(frozen=True)
class Size:
    few: int
    many: int
    seconds: float


SIZES = {"full": Size(10, 1000, 20.0), "quick": Size(10, 150, 3.0), "tiny": Size(1, 5, 1.5)}


async def run(stage: Stage, size_name: str) -> Result:
    size, result = SIZES[size_name], Result()
    async with stage.stack("node") as stack:
        store = await Store.open(only(stack.store).url, documents="string")
        try:
            few = await _measure(stack, store, range(size.few), size.seconds)
            many = await _measure(stack, store, range(size.few, size.many), size.seconds)
        finally:
            await store.close()
    for part in ("server", "store"):
        each = (many[part] - few[part]) / (many["looks"] - few["looks"])
        name = f"{part}, share of a core, {THOUSAND} centers"
        found = THOUSAND * each / SWEEP_S
        result.rows.append(at_most(name, found, LIMIT) if part == "server" else told(name, found))
        result.details[f"{part}_us_per_look"] = 1e6 * each
    result.details["looks_per_s"] = many["looks"] / size.seconds
    result.rows.append(counted("centers told of", int(many["told"]), size.many))
    return result


async def _measure(stack: Stack, store: Store, new: range, seconds: float) -> dict[str, float]:
    """Processor time by part, looks, and of how many centers the stream told, with the old and the new ones."""
    await crowd(_fill(store, f"c{number}") for number in new)
    meter = machine.CpuMeter(stack.groups())
    heard: set[str] = set()
    async with AcdClient(stack.router) as client, asyncio.timeout(FIRST_S + seconds):
        stream = client.dispatch.watch_work()
        while len(heard) < new.stop:
            heard |= await _told(stream)
        hearing = asyncio.create_task(_hear(stream, heard))
        meter.begin()
        looks = -_scripts_run(stack)
        await asyncio.sleep(seconds)
        looks += _scripts_run(stack)
        spent = meter.end()
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await stream.close()
    return {"told": len(heard), "looks": looks, **spent}


def _scripts_run(stack: Stack) -> int:
    with contextlib.closing(only(stack.store).client()) as client:
        stats: Any = client.info("commandstats")
    return int(stats["cmdstat_evalsha"]["calls"])


async def _fill(store: Store, center: str) -> None:
    """A center with a contact that waits for nobody, and whose class has been looked at."""
    await store.centers.create_center(center, display_name="", policy=POLICY, request=None)
    await store.contacts.enqueue_contact(
        center, "c", channel="VOICE", skills={}, priority=0, attributes={}, owner="", owner_lease=0, request=None
    )
    await store.dispatch.match_contacts(center, max_pairs=1)


async def _told(stream: Stream[WatchWorkResponse]) -> set[str]:
    return {work.center for work in (await stream.read(FIRST_S)).centers}


async def _hear(stream: Stream[WatchWorkResponse], heard: set[str]) -> None:
    while True:
        heard |= await _told(stream)
