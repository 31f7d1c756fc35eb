"""What is measured from outside, all the time: does the address answer, does each shard take writes,
do offers go on, does the feed go on. A gap is the time between two successes."""

import asyncio
import itertools
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from redis.crc import key_slot

from acd.v1 import event_pb2 as events
from acd.v1.contact_service_pb2 import RenewOwnerRequest
from acd_client import AcdApiError, AcdClient
from store_node.settings import SHARDS
from store_node.view import slot_range
from tests.system.witness import Witness

PAUSE_S = 0.05
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")
SETTINGS = 4
"""Type of the frame with which a server of HTTP/2 begins."""


@dataclass
class Series:
    """Moments of success."""

    times: list[float] = field(default_factory=list)
    quiet: float = 0.0
    """The longest gap while nothing was broken, in seconds."""

    def success(self) -> None:
        self.times.append(asyncio.get_running_loop().time())

    def longest_gap(self, since: float) -> float:
        """Seconds, from a moment on; the gap that is open now counts, too."""
        before = [time for time in self.times if time <= since][-1:]
        points = [*(before or [since]), *(time for time in self.times if time > since)]
        points.append(asyncio.get_running_loop().time())
        return max(later - earlier for earlier, later in itertools.pairwise(points))


def center_on(shard: int) -> str:
    """The id of a center whose keys are in a shard."""
    low, high = slot_range(shard)
    names = (f"probe-{number}" for number in range(10_000))
    return next(name for name in names if low <= key_slot(f"{{{name}}}:".encode()) <= high)


class Probes:
    """Runs until canceled. `target` is the virtual address."""

    def __init__(
        self,
        target: str,
        client: AcdClient,
        witness: Witness,
        *others: Witness,
        pause: float = PAUSE_S,
        lately: float = 1.0,
    ) -> None:
        """`others`: of further centers at work; `pause`: seconds between two attempts; `lately`: age of news."""
        self._host, _, self._port = target.rpartition(":")
        self._client = client
        self.witness = witness
        self._tls = ssl.create_default_context(cafile=client.ca_file) if client.ca_file else None
        if self._tls is not None:
            self._tls.set_alpn_protocols(["h2"])
        self._pause, self._lately = pause, lately
        self.address = Series()
        self.shards = {shard: Series() for shard in range(1, SHARDS + 1)}
        self._watched = [(one, Series(), Series()) for one in (witness, *others)]
        _, self.offers, self.feed = self._watched[0]

    async def prepare(self) -> None:
        for shard in self.shards:
            await self._client.centers.create_center(center_id=center_on(shard))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._connect_often(group))
            for shard, series in self.shards.items():
                group.create_task(self._often(self._writer(shard), series))
            for witness, offers, feed in self._watched:
                group.create_task(self._watch_feed(witness, offers, feed))

    async def _often(self, attempt: Callable[[], Awaitable[None]], series: Series) -> None:
        while True:
            with suppress(AcdApiError):
                await attempt()
                series.success()
            await asyncio.sleep(self._pause)

    async def _connect_often(self, group: asyncio.TaskGroup) -> None:
        """Attempts overlap: one that was swallowed must not hide that the next would have succeeded."""

        async def attempt() -> None:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                await self._connect()
                self.address.success()

        while True:
            group.create_task(attempt())
            await asyncio.sleep(self._pause)

    async def _connect(self) -> None:
        """A new connection to the address, on which HTTP/2 is spoken."""
        async with asyncio.timeout(0.5):
            reader, writer = await asyncio.open_connection(self._host, int(self._port), ssl=self._tls)
            try:
                writer.write(PREFACE)
                header = await reader.readexactly(9)
                if header[3] != SETTINGS:
                    raise OSError("it does not speak HTTP/2")
            finally:
                writer.close()

    def _writer(self, shard: int) -> Callable[[], Awaitable[None]]:
        request = RenewOwnerRequest(parent=f"centers/{center_on(shard)}", owner="probe")
        request.owner_lease.FromSeconds(60)
        # Shorter than a failover: an attempt must not be counted as the gap that it sat out.
        call = self._client.contacts.renew_owner.within(1.0)

        async def write() -> None:
            await call(request)

        return write

    async def _watch_feed(self, witness: Witness, offers: Series, feed: Series) -> None:
        seen = 0
        while True:
            new = witness.events[seen:]
            seen += len(new)
            if new:
                feed.success()
            if any(event.type == events.EVENT_TYPE_CONTACT_OFFERED for event in new):
                offers.success()
            await asyncio.sleep(0.02)

    @property
    def everything(self) -> list[Series]:
        return list(self._named().values())

    def _named(self) -> dict[str, Series]:
        named = {"address": self.address}
        for number, (_, offers, feed) in enumerate(self._watched, 1):
            named |= {f"offers of center {number}": offers, f"feed of center {number}": feed}
        return named | {f"writes to shard {shard}": series for shard, series in self.shards.items()}

    def missed_since(self, moment: float) -> list[str]:
        """What had no success lately, or none after a moment."""
        since = max(moment, asyncio.get_running_loop().time() - self._lately)
        return [name for name, one in self._named().items() if not one.times or one.times[-1] <= since]

    def healthy_since(self, moment: float) -> bool:
        """Whether everything had a success lately, and after a moment."""
        return not self.missed_since(moment)
