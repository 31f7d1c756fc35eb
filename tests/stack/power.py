"""The power is cut: what no fsync had brought to the disk is gone.

kill -9 alone does not show that: what was written stays with the kernel. So, with `everysec`, each append-only file is
cut back, after everything was killed, to the size that it had a second before. Redis syncs once a second what it has
written until then; what is older was on the disk, and what is younger need not have been. With `always` nothing is
answered before it is synced, and so nothing is cut.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact
from acd_client import AcdApiError, AcdClient
from acd_client.feed import Feed
from simulator.checks import check
from store_node.settings import SHARDS
from tests.stack.containers import ContainerStack
from tests.stack.probes import center_on
from tests.stack.system import RUNNING_SERVERS, balanced, wait
from tests.stack.trial import Checks

WRITES_S = 5.0
UNSYNCED_S = 1.0
SAFE_S = 2.0
"""Acknowledged so long before the cut, a change must be there: twice what Redis promises, since a sync takes time."""
SAMPLE_S = 0.05
LEAST = 50
AT_ONCE = 50
FEED_S = 20.0
do = asyncio.to_thread


class Files:
    """The append-only files of all nodes, and how long each was when."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = list(folders)
        self._samples: list[tuple[float, dict[Path, int]]] = []

    @property
    def moments(self) -> list[float]:
        """At which the sizes were noted."""
        return [at for at, _ in self._samples]

    def sizes(self) -> dict[Path, int]:
        files = [file for folder in self._folders for file in folder.glob("shard-*/appendonlydir/*.aof")]
        found: dict[Path, int] = {}
        for file in files:
            with suppress(FileNotFoundError):  # rewritten meanwhile
                found[file] = file.stat().st_size
        return found

    async def watch(self) -> None:
        """Until canceled."""
        while True:
            self._samples.append((time.monotonic(), await do(self.sizes)))
            await asyncio.sleep(SAMPLE_S)

    def cut(self, moment: float) -> int:
        """Cuts each file back to its size at a moment; how many bytes were lost.

        A file that was not there then has been renamed into its place since, and is synced before that.
        """
        then = [sizes for at, sizes in self._samples if at <= moment][-1]
        lost = 0
        for file, size in self.sizes().items():
            if (kept := then.get(file, size)) < size:
                os.truncate(file, kept)
                lost += size - kept
        return lost


class Callers:
    """Enqueues contacts on every shard, one after the other, and remembers which were acknowledged, and when."""

    def __init__(self, client: AcdClient) -> None:
        self._client = client
        self.acknowledged: dict[str, float] = {}

    async def enqueue(self, shard: int, name: str) -> None:
        """Raises AcdApiError."""
        parent, contact = f"centers/{center_on(shard)}", Contact(channel=CHANNEL_VOICE)
        reply = await self._client.contacts.enqueue_contact(parent=parent, contact_id=name, contact=contact)
        self.acknowledged[reply.contact.name] = time.monotonic()

    async def _often(self, shard: int) -> None:
        number = 0
        while True:
            number += 1
            with suppress(AcdApiError):
                await self.enqueue(shard, f"call-{number}")
            await asyncio.sleep(0.01)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._often(shard)) for shard in range(1, SHARDS + 1)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def lost(self) -> list[str]:
        """Acknowledged contacts that the router does not know any more."""
        names, found = list(self.acknowledged), list[bool]()
        for first in range(0, len(names), AT_ONCE):
            found += await asyncio.gather(*map(self._is_lost, names[first : first + AT_ONCE]))
        return [name for name, lost in zip(names, found, strict=True) if lost]

    async def _is_lost(self, name: str) -> bool:
        try:
            await self._client.contacts.get_contact(name=name)
        except AcdApiError as error:
            if error.reason != "RESOURCE_NOT_FOUND":
                raise
            return True
        return False


async def power_cut(stack: ContainerStack, fsync: str) -> Checks:
    """Cuts the power of everything while contacts come in; what was lost, and that it goes on."""
    files = Files([await do(stack.data_of, node) for node in range(1, SHARDS + 1)])
    async with stack.client() as client:
        for shard in range(1, SHARDS + 1):
            with suppress(AcdApiError):  # it is there already
                await client.centers.create_center(center_id=center_on(shard))
        callers = Callers(client)
        token, cut, at = await _cut(stack, files, callers, client, fsync)
        await do(stack.start)
        await _well(stack, callers)
        lost = await callers.lost()
        return [
            *_judged(fsync, callers.acknowledged, lost, cut, at),
            await _feed(client, fsync, token),
        ]


async def _cut(
    stack: ContainerStack, files: Files, callers: Callers, client: AcdClient, fsync: str
) -> tuple[str, int, float]:
    """The place that a feed had reached, the bytes that were lost, and the moment."""
    watching = asyncio.create_task(files.watch())
    feed = client.watch(center_on(1), checkpoint_interval=2.0)
    reading = asyncio.create_task(_read(feed))
    async with callers.at_work():
        await asyncio.sleep(WRITES_S)
        processes = [container.pid for container in await do(lambda: stack.everything)]
        at = time.monotonic()
        token = feed.resume_token
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    for task in (watching, reading):
        task.cancel()
    await asyncio.gather(watching, reading, return_exceptions=True)
    # The store's processes are started again only after a pause, longer than this takes.
    return token, 0 if fsync == "always" else await do(files.cut, at - UNSYNCED_S), at


async def _read(feed: Feed) -> None:
    async with feed:
        async for _ in feed:
            pass


async def _well(stack: ContainerStack, callers: Callers) -> None:
    """Waits until every shard takes contacts again."""
    await balanced(stack.membership)
    for number in range(RUNNING_SERVERS):
        await stack.server_up(number)

    async def takes(shard: int) -> bool:
        try:
            await callers.enqueue(shard, "after")
        except AcdApiError as error:
            return error.reason == "RESOURCE_EXISTS"
        return True

    for shard in range(1, SHARDS + 1):
        await wait(lambda shard=shard: takes(shard), f"shard {shard} takes contacts")  # type: ignore[misc]  # bound at once


def _judged(fsync: str, acknowledged: dict[str, float], lost: list[str], cut: int, at: float) -> Checks:
    title = f"power cut with {fsync}"
    count = len(acknowledged)
    checks = [check(f"{title}: acknowledged contacts", count, f">= {LEAST}", count >= LEAST)]
    if fsync == "always":
        return [*checks, check(f"{title}: of them lost", len(lost), "== 0", not lost)]
    old = [name for name in lost if acknowledged[name] < at - SAFE_S]
    return [
        *checks,
        check(f"{title}: bytes cut off", cut, ">= 1", cut > 0),
        check(f"{title}: of them lost", len(lost), ">= 1, or nothing was cut", bool(lost)),
        check(f"{title}: lost though {SAFE_S:g} s older", len(old), "== 0", not old),
    ]


async def _feed(client: AcdClient, fsync: str, token: str) -> dict[str, object]:
    """A feed that was further than the store is now must say so; one that was not goes on."""
    goal = "resumed" if fsync == "always" else "HISTORY_DIVERGED"
    try:
        async with (
            asyncio.timeout(FEED_S),
            client.watch(center_on(1), resume_token=token, checkpoint_interval=1.0) as feed,
        ):
            await anext(feed)
        found = "resumed"
    except AcdApiError as error:
        found = error.reason
    return check(f"power cut with {fsync}: a feed goes on", found, goal, found == goal)
