"""`make campaign-overlap`: two faults of store nodes at once, which is more than is promised.

A replica does not hear its primary, and before it has caught up the primary and the other replica die: what only they
had is lost when the one that was cut off is elected. It is counted, by contacts that were acknowledged; and whoever
was told of something that is no more must hear `HISTORY_DIVERGED`, never nothing. Writes out/overlap.json.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any

from redis.crc import key_slot

from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact
from acd_client import AcdApiError, AcdClient, HistoryDiverged, NotFound
from simulator.checks import check
from simulator.report import write
from store_node.settings import SHARDS
from store_node.view import slot_range
from tests.campaign.arena import others
from tests.campaign.stage import Stage
from tests.stack.faults import do
from tests.stack.netns import interrupted, lacks
from tests.stack.network import new_folder
from tests.stack.parts import ROOT
from tests.stack.system import RUNNING_SERVERS, balanced, wait
from tests.stack.trial import Checks, running, show

REPORT = ROOT / "out" / "overlap.json"
APART_S = 1.0
"""Shorter than the silence after which a process is suspected."""
TOLD_S = 30.0
AT_ONCE = 50


class Writer:
    """Enqueues, one contact after the other, and keeps what was acknowledged."""

    def __init__(self, client: AcdClient, center: str) -> None:
        self._client, self._parent = client, f"centers/{center}"
        self.acknowledged: list[str] = []

    async def run(self) -> None:
        number = 0
        while True:
            number += 1
            with suppress(AcdApiError):
                enqueue = self._client.contacts.enqueue_contact
                reply = await enqueue(
                    parent=self._parent, contact_id=f"c{number}", contact=Contact(channel=CHANNEL_VOICE)
                )
                self.acknowledged.append(reply.contact.name)
            await asyncio.sleep(0.01)

    async def lost(self) -> list[str]:
        """Contacts that were acknowledged and are no more."""
        gone: list[str] = []

        async def ask(name: str) -> None:
            try:
                await self._client.contacts.get_contact(name=name)
            except NotFound:
                gone.append(name)

        for first in range(0, len(self.acknowledged), AT_ONCE):
            await asyncio.gather(*map(ask, self.acknowledged[first : first + AT_ONCE]))
        return gone


class Reader:
    """Reads the feed of a center, and begins anew when it is told that history is another one."""

    def __init__(self, client: AcdClient, center: str, token: str) -> None:
        self._client, self._center, self._token = client, center, token
        self.told: set[str] = set()
        """Contacts, whether or not they are still there."""
        self.diverged = 0

    async def run(self) -> None:
        while True:
            with suppress(HistoryDiverged):
                async with self._client.watch(self._center, resume_token=self._token, checkpoint_interval=1.0) as feed:
                    async for message in feed:
                        self.told.add(message.event.contact.name)
            self.diverged += 1


async def one_round(stage: Stage, client: AcdClient, center: str, shard: int) -> dict[str, Any]:
    """Two faults on the shard of a center that is made for it, and what came of them."""
    await client.centers.create_center(center_id=center)
    snapshot = await client.centers.get_center_snapshot(name=f"centers/{center}")
    writer, reader = Writer(client, center), Reader(client, center, snapshot.resume_token)
    first, second = others(shard)
    async with running(writer.run()), running(reader.run()):
        await wait(lambda: len(writer.acknowledged) >= AT_ONCE, "contacts come")
        dying = [await do(stage.pid_of_store_process, node, shard) for node in (shard, first)]
        apart = ("INPUT", "-s", stage.network.addresses[f"store{shard}"], "-j", "DROP")
        await do(stage.network.filter, f"store{second}", "-A", *apart)
        await asyncio.sleep(APART_S)
        for pid in dying:
            os.kill(pid, signal.SIGKILL)
        await do(stage.network.filter, f"store{second}", "-D", *apart)
        before = len(writer.acknowledged)
        await wait(lambda: len(writer.acknowledged) > before + AT_ONCE, "contacts come again", 120.0)
        await balanced(stage.membership)
        lost = await writer.lost()
        undone = reader.told.intersection(lost)
        with suppress(TimeoutError):
            await wait(lambda: reader.diverged or not undone, "HISTORY_DIVERGED is told", TOLD_S)
    return {
        "center": center,
        "acknowledged": len(writer.acknowledged),
        "lost": len(lost),
        "lost after the feed told of them": len(undone),
        "HISTORY_DIVERGED": reader.diverged,
    }


async def run(stage: Stage, rounds: int, table: list[dict[str, Any]], checks: Checks) -> None:
    stage.start()
    await balanced(stage.membership)
    for number in range(RUNNING_SERVERS):
        await stage.server_up(number)
    async with stage.client() as client:
        for number in range(rounds):
            shard = number % SHARDS + 1
            row = await one_round(stage, client, _center(number, shard), shard)
            table.append(row)
            print(row, flush=True)
    silent = [row for row in table if row["lost after the feed told of them"] and not row["HISTORY_DIVERGED"]]
    checks.append(check("losses that nobody was told of", len(silent), "== 0", not silent))


def _center(number: int, shard: int) -> str:
    """The id of a center of this round whose keys are in a shard."""
    names = (f"overlap-{number}-{place}" for place in range(10_000))
    low, high = slot_range(shard)
    return next(name for name in names if low <= key_slot(f"{{{name}}}:".encode()) <= high)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.overlap", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    rounds = parser.parse_args().rounds
    lacking = lacks()
    if lacking:
        print(f"it cannot run: {'; '.join(lacking)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupted)
    folder = new_folder()
    stage, table, checks = Stage(folder, "valkey9", ""), list[dict[str, Any]](), list[dict[str, Any]]()
    try:
        stage.mount()
        stage.network.make()
        stage.network.enter("client")
        asyncio.run(run(stage, rounds, table, checks))
    except Exception:  # noqa: BLE001 - whatever it is, the report says it and everything is cleaned up
        traceback.print_exc()
    finally:
        stage.kill()
        stage.network.remove()
        stage.unmount()
        shutil.rmtree(folder, ignore_errors=True)
    checks.append(check("rounds", len(table), f"== {rounds}", len(table) == rounds))
    show(checks, "Two faults at once")
    write(REPORT, checks, {"rounds": table})
    return int(not all(line["pass"] for line in checks))


if __name__ == "__main__":
    sys.exit(main())
