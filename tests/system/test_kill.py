"""kill -9 of everything, again and again, under load: nothing is lost, doubled or out of order.

Two servers (one with two workers), two dispatchers, the cell's store and two clients are
processes of their own. Each is killed five times while twenty contacts and more are in
hand. At the end the answers that clients got and the feed, read through all of it, must
tell the same of every contact.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acd.v1.center_pb2 import CenterPolicy
from acd.v1.contact_pb2 import END_REASON_OWNER_LOST
from acd_client import AcdClient
from simulator.books import ENDS, compare
from tests.support.cells import IN_CI, Cell, CellMissingError
from tests.support.redis_process import Cluster, Store
from tests.support.wait import wait_until
from tests.system import player
from tests.system.processes import Process, Router, running_router
from tests.system.witness import Answers, Witness, duration, hire, read_unfinished, witnessing

KILLS = 5
IN_HAND = 20
FURTHER = 5
"""Contacts that must be answered after a kill before the next one."""
RECOVERY = 30.0
"""Seconds within which that must happen."""
RACES = (": STALE_ASSIGNMENT", ": WRONG_STATE")
"""Refusals that are right: the caller left, the offer ran out, or a predecessor's call came first."""
CLIENTS = 2
POLICY = CenterPolicy(
    offer_timeout=duration(2.0),
    wrap_up_time=duration(0.6),
    max_wait=duration(4.0),
    retry_delay=duration(1.0),
    max_missed_offers=0,
)
ON_NODE = {"appendonly": "yes", "appendfsync": "always"}
ON_CLUSTER = {"cluster-node-timeout": "1500"}
"""Milliseconds until a failover begins: this test is about failovers."""


@pytest.fixture
def own_store(cell: Cell) -> Iterator[Store]:
    """Processes of this test alone: it breaks them."""
    try:
        store = cell.make(ON_CLUSTER if cell.cluster else ON_NODE)
    except CellMissingError as error:
        if IN_CI:
            raise
        pytest.skip(f"{cell.name}: {error}")
    try:
        store.start()
        yield store
    finally:
        store.remove()


class Theatre:
    """All processes, and how each kind is killed and brought back."""

    def __init__(self, router: Router, store: Store, witness: Witness, center: str, folder: Path) -> None:
        self._router = router
        self._store = store
        self._witness = witness
        self._center = center
        self._folder = folder
        self._clients = [self._client(number) for number in range(CLIENTS)]
        self.kills: Counter[str] = Counter()
        self.in_hand: list[int] = []

    def _client(self, number: int) -> Process:
        words = [self._router.target, self._center, str(number), str(CLIENTS), str(self._folder)]
        command = [sys.executable, "-m", "tests.system.player", *words]
        return Process(command, self._folder / f"client-{number}.log")

    def start(self) -> None:
        for client in self._clients:
            client.start()

    def remove(self) -> None:
        for client in self._clients:
            client.remove()

    def _ready_clients(self) -> int:
        return sum(line["verb"] == "ready" for line in player.lines(self._folder, "client-*.jsonl"))

    async def clients_ready(self) -> None:
        """Every client that was ever started took over, so the newest did."""
        wanted = CLIENTS + self.kills["simulator client"]
        await wait_until(lambda: self._ready_clients() >= wanted, "clients are at work", RECOVERY)
        for client in self._clients:
            assert client.running, client.said()[-3000:]

    async def kill_server_worker(self) -> None:
        """In turn one of the two workers that share a port, and the server that is alone."""
        await self._router.servers_ready()
        turn = self.kills["server worker"] % 3
        await self._full_house("server worker")
        if turn < 2:
            os.kill(self._router.workers()[turn], signal.SIGKILL)
        else:
            self._router.single.kill()
            self._router.single.start()

    async def kill_dispatcher(self) -> None:
        turn = self.kills["dispatcher"] % 2
        await self._router.dispatchers_ready()
        await self._full_house("dispatcher")
        self._router.dispatchers[turn].kill()
        self._router.dispatchers[turn].start()

    async def kill_store_primary(self) -> None:
        """On a cluster a replica takes over, and the dead one comes back as a replica."""
        if not isinstance(self._store, Cluster):
            await self._full_house("store primary")
            await asyncio.to_thread(self._restart, self._store.processes[0])
            return
        victim = await asyncio.to_thread(self._store.primary_of, self._center)
        await self._full_house("store primary")
        await asyncio.to_thread(victim.kill)

        def another() -> bool:
            assert isinstance(self._store, Cluster)
            return any(process is not victim and self._owns(process) for process in self._store.processes)

        await wait_until(lambda: asyncio.to_thread(another), "a replica takes over", RECOVERY)
        await asyncio.to_thread(victim.start)
        await asyncio.to_thread(self._store.wait_until_whole)

    def _owns(self, process: Any) -> bool:
        assert isinstance(self._store, Cluster)
        try:
            return bool(process.pid) and self._store.primary_of(self._center) is process
        except AssertionError:
            return False

    @staticmethod
    def _restart(process: Any) -> None:
        process.kill()
        process.start()

    async def kill_simulator_client(self) -> None:
        turn = self.kills["simulator client"] % CLIENTS
        await self.clients_ready()
        await self._full_house("simulator client")
        self._clients[turn].kill()
        self._clients[turn].start()

    async def _full_house(self, kind: str) -> None:
        """Waits until enough contacts are in hand, and counts the kill that follows at once."""
        await wait_until(
            lambda: self._witness.in_place("in_hand") >= IN_HAND, f"{IN_HAND} contacts are in hand", RECOVERY
        )
        self.in_hand.append(self._witness.in_place("in_hand"))
        self.kills[kind] += 1

    async def goes_on(self) -> None:
        """Waits until the killed part is no longer missed."""
        before = self._witness.accepted
        await wait_until(lambda: self._witness.accepted >= before + FURTHER, "contacts are answered again", RECOVERY)

    async def drain(self) -> None:
        """No more callers; those who are there are served to the end."""
        await self.clients_ready()
        for client in self._clients:
            client.signal(signal.SIGUSR1)
        await wait_until(self._settled, "every contact comes to its end", RECOVERY)
        for client in self._clients:
            client.signal(signal.SIGTERM)
            assert await client.ended() == 0, client.said()[-3000:]

    def _settled(self) -> bool:
        """Nobody waits or is in hand, and nobody is still to be heard of."""
        answers = Answers(self._folder)
        answered = answers.enqueued("ok") | answers.enqueued("refused")
        return (
            not self._witness.in_place("waiting", "in_hand")
            and answers.enqueued("invoke") <= answered
            and len(self._witness.book.states) >= len(answers.enqueued("ok"))
        )


@pytest.mark.timeout(240)
async def test_kill_9_of_everything(
    cell: Cell, own_store: Store, center: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with (
        running_router(tmp_path, own_store.application_url, cell.documents) as router,
        AcdClient(router.target) as client,
        witnessing(client, center, POLICY) as witness,
    ):
        await hire(client, center)
        theatre = Theatre(router, own_store, witness, center, tmp_path)
        try:
            theatre.start()
            await theatre.clients_ready()
            for _ in range(KILLS):
                for kill in (
                    theatre.kill_server_worker,
                    theatre.kill_dispatcher,
                    theatre.kill_store_primary,
                    theatre.kill_simulator_client,
                ):
                    await kill()
                    await theatre.goes_on()
            await theatre.drain()
        finally:
            theatre.remove()
            witness.keep(tmp_path / "feed.jsonl")
        answers = Answers(tmp_path)
        book = answers.book()
        asked_again = await read_unfinished(client, book)
        balance = compare(book, witness.book)
    verdict = witness.oracle.verdict
    report = [
        f"{cell.name}: kill -9 {dict(theatre.kills)}, contacts in hand at each: {theatre.in_hand}",
        f"by the answers: offered {balance.offered} = {balance.client}; {asked_again} read at the end",
        f"by the feed: offered {len(witness.book.states)} = {balance.feed}; resumed {witness.resumed} times",
        f"calls {dict(answers.stages)}, refused {dict(answers.refusals)}",
        f"oracle: {verdict.offers} offers, {dict(verdict.violations)}, ambiguous {verdict.ambiguous}",
    ]
    request.node.user_properties.append(("note", "\n  ".join(report)))
    assert min(theatre.kills.values()) >= KILLS
    assert len(theatre.kills) == 4
    assert min(theatre.in_hand) >= IN_HAND
    assert not verdict.violations, verdict.examples
    assert not balance.doubles
    assert not balance.lost
    assert balance.agree, balance.differences
    for side in (balance.client, balance.feed):
        assert balance.offered == sum(side.get(name, 0) for name in (*ENDS, "waiting", "in_hand"))
    assert balance.offered == len(answers.enqueued("invoke"))
    assert not {refusal for refusal in answers.refusals if not refusal.endswith(RACES)}, answers.refusals
    assert not router.faults()
    assert not witness.end_reasons[END_REASON_OWNER_LOST], "every client was followed by the next in time"
    assert witness.resumed
