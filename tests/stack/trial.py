"""A trial of the system: players at work, fault after fault, and what must hold of all that clients were told."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from rich.console import Console
from rich.table import Table

from acd.v1.event_pb2 import Event
from acd_client import AcdClient
from simulator.books import compare
from simulator.checks import check
from tests.stack import faults
from tests.stack.faults import Fault, Scene
from tests.stack.probes import Probes
from tests.stack.rows import inject_rows, taken_out
from tests.stack.second_feed import subscribed
from tests.stack.system import RUNNING_SERVERS, System, balanced, wait
from tests.system import player
from tests.system.test_kill import POLICY, RACES
from tests.system.witness import Answers, Witness, hire, read_unfinished, witnessing

CENTER = "bank"
CONTACTS = 500
"""That a run through all faults must have at least, or nothing was proven."""
REPEATED = 200
"""Requests that are sent once more at the end."""
Checks = list[dict[str, Any]]
Judge = Callable[[Witness], Awaitable[Checks]]


class Players:
    """One process that plays a platform and the agents of a center through the virtual address."""

    def __init__(self, stack: System, center: str = CENTER, tempo: str = "calm") -> None:
        self.folder = stack.folder / f"players-{center}"
        self.folder.mkdir()
        words = ("tests.system.player", stack.target, center, "0", "1", str(self.folder), tempo)
        self._part = stack.on_client(sys.executable, "-m", *words)
        self._answers = Answers(self.folder)

    async def start(self) -> None:
        self._part.start()
        await wait(lambda: self._said("ready", "ok"), "the player is at work")

    def kill(self) -> None:
        self._part.kill()

    def double(self) -> None:
        """From now on every call is delivered twice and some answers are lost; once more: no longer."""
        self._part.signal(signal.SIGUSR2)

    @property
    def answers(self) -> Answers:
        """All until now."""
        self._answers.read()
        return self._answers

    def _said(self, verb: str, stage: str) -> bool:
        return any((line["verb"], line["stage"]) == (verb, stage) for line in self.answers.lines)

    def unknown_calls(self) -> int:
        return self.answers.stages["unknown"]

    async def drain(self, witness: Witness, limit: float = 60.0) -> None:
        """No more callers; those who are there are served to the end."""
        self._part.signal(signal.SIGUSR1)

        def settled() -> bool:
            answers = self.answers
            return (
                not witness.in_place("waiting", "in_hand")
                and answers.enqueued("invoke") <= answers.enqueued("ok") | answers.enqueued("refused")
                and len(witness.book.states) >= len(answers.enqueued("ok"))
            )

        await wait(settled, "every contact comes to its end", limit)
        self._part.signal(signal.SIGTERM)
        await wait(lambda: not self._part.running, "the player ends")


async def verdict(
    client: AcdClient,
    witness: Witness,
    answers: Answers,
    least: int,
    refused: tuple[str, ...] = RACES,
    center: str = CENTER,
) -> Checks:
    """What must hold over the whole run: the books, the order, and no agent taken out by a fault."""
    book = answers.book()
    await read_unfinished(client, book)
    balance, judged = compare(book, witness.book), witness.oracle.verdict
    refusals = sorted(refusal for refusal in answers.refusals if not refusal.endswith(refused))
    out = taken_out(witness.events)
    invoked = {f"centers/{center}/contacts/{line['contact']}" for line in _enqueues(answers, "invoke")}
    completed = Counter(line["name"] for line in answers.lines if (line["verb"], line["stage"]) == ("complete", "ok"))
    twice = sum(count > 1 for count in completed.values())
    nowhere = witness.book.states.keys() - invoked
    differing = answers.stages["differs"]
    repeated, changed = await repeat(client, answers, center)
    own = f"centers/{center}/"
    strangers = [event.sequence for event in witness.events if not of_center(event, center)]
    strangers += [line["name"] for line in answers.lines if not (line.get("name") or own).startswith(own)]
    return [
        check("contacts", balance.offered, f">= {least}", balance.offered >= least),
        check("acknowledged contacts lost", len(balance.lost), "== 0", not balance.lost),
        check("double assignments", len(balance.doubles) + judged.doubles, "== 0", not balance.doubles),
        check("order violations", judged.order_violations, "== 0", judged.order_violations == 0),
        check("state faults", judged.state_faults, "== 0", judged.state_faults == 0),
        check("feed gaps or duplicates", judged.feed_faults, "== 0", judged.feed_faults == 0),
        check("books agree", balance.agree, "contact by contact", balance.agree),
        check("agents taken out by a fault", len(out), "== 0", not out),
        check("refusals other than races", len(refusals), "== 0", not refusals),
        check("contacts from nowhere", len(nowhere), "== 0", not nowhere),
        check("events and answers about another center", len(strangers), "== 0", not strangers),
        check(
            "deliveries of one request answered differently",
            differing,
            "== 0",
            differing == 0,
        ),
        check("contacts completed twice", twice, f"== 0 of {len(completed)}", twice == 0),
        check("repeated requests answered otherwise", changed, f"== 0 of {repeated}", repeated > 0 and changed == 0),
    ]


def _enqueues(answers: Answers, stage: str) -> list[dict[str, Any]]:
    return [line for line in answers.lines if (line["verb"], line["stage"]) == ("enqueue", stage)]


def of_center(event: Event, center: str) -> bool:
    """Whether everything that the event names belongs to the center."""
    names = (event.contact.name, event.agent.name, event.assignment.name, event.skill.name, event.center.name)
    return all(name in ("", f"centers/{center}") or name.startswith(f"centers/{center}/") for name in names)


async def repeat(client: AcdClient, answers: Answers, center: str) -> tuple[int, int]:
    """Sends the last enqueues once more, with their request ids: how many, and how many got another answer."""
    told = _enqueues(answers, "ok")[-REPEATED:]
    changed = 0
    for line in told:
        request = player.enqueue_request(center, "client-0", line["request"], line)
        contact = (await client.contacts.enqueue_contact(request)).contact
        again = (contact.name, contact.state, contact.sequence)
        changed += again != (line["name"], line["state"], line["sequence"])
    return len(told), changed


async def run(
    stack: System,
    wanted: Iterable[Fault],
    checks: Checks,
    *,
    least: int,
    beside: Judge | None,
    quiet_s: float = faults.QUIET_S,
    refused: tuple[str, ...] = RACES,
) -> None:
    """Injects the faults while players are at work, and judges everything that clients were told.

    Adds to `checks` as it goes: what was measured is kept, whatever comes after it. `least`: contacts without
    which nothing was proven. `beside`: the end of what else goes on, and what must hold of it. `quiet_s`: catch-up
    between two faults. `refused`: ends of refusals that are right.
    """
    players = Players(stack)
    stack.start()
    try:
        await balanced(stack.membership)
        for number in range(RUNNING_SERVERS):
            await stack.server_up(number)
        async with (
            stack.client() as client,
            stack.client() as other,
            witnessing(client, CENTER, POLICY) as witness,
            subscribed(other, CENTER, witness.token) as second,
        ):
            await hire(client, CENTER)
            await players.start()
            probes = Probes(stack.target, client, witness)
            await probes.prepare()
            scene = Scene(stack, probes, players.unknown_calls, checks)
            async with running(probes.run()):
                await inject_rows(scene, wanted, quiet_s)
            try:
                await players.drain(witness)
            except TimeoutError as error:
                checks.append(check("every contact comes to its end", str(error), "in time", False))
            witness.keep(stack.folder / "feed.jsonl")
            checks += await verdict(client, witness, players.answers, least, refused)
            checks += await second.verdict(witness.events)
            if beside is not None:
                checks += await beside(witness)
    finally:
        players.kill()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Beside it, until the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def show(checks: Checks, title: str) -> None:
    table = Table(title=title)
    for column in ("what", "measured", "goal", ""):
        table.add_column(column)
    for line in checks:
        table.add_row(line["name"], str(line["value"]), line["goal"], "ok" if line["pass"] else "FAILED")
    Console(width=130).print(table)
