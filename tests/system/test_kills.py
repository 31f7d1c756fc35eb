"""Everything is killed, again and again, with contacts in hand; nothing is lost and nothing doubled."""

import asyncio
import json
from collections import Counter

import pytest

from acd_client import AcdClient
from tests.support.wait import wait_until
from tests.system.conftest import System, open_center
from tests.system.observer import Observer, balance, state_name

KINDS = ("server worker", "dispatcher", "client", "store primary")
ROUNDS = 5
IN_HAND = 20


async def replies(client: AcdClient, center: str) -> dict[str, str]:
    """Contact → its state, by what the API answers."""
    found: dict[str, str] = {}
    token = ""
    while True:
        page = await client.contacts.list_contacts(parent=f"centers/{center}", page_size=1000, page_token=token)
        found |= {contact.name: state_name(contact) for contact in page.contacts}
        token = page.next_page_token
        if not token:
            return found


async def kill_all_kinds(system: System, observer: Observer, center: str) -> None:
    """`ROUNDS` of each kind; after each the router must go on."""
    for turn in range(ROUNDS):
        for kind in KINDS:
            await wait_until(lambda: observer.in_hand >= IN_HAND, f"{IN_HAND} contacts are in hand", timeout=30)
            system.kills.setdefault(kind, []).append(observer.in_hand)
            await asyncio.to_thread(system.kill, kind, turn, center)
            before = observer.sequence
            system.check()
            await wait_until(lambda: observer.sequence > before + 5, f"the router goes on after {kind}", timeout=30)  # noqa: B023 - called at once


async def drain(system: System) -> None:
    """Tells the client to stop asking, and waits for what it began."""
    system.stop_file.touch()
    line = system.line
    assert line is not None
    await wait_until(lambda: line.code is not None, "the client finishes", timeout=60)
    assert line.code == 0, line.log()


async def agree(client: AcdClient, center: str, observer: Observer) -> dict[str, str]:
    """Replies and feed say the same of every contact, once what is due has fired."""

    async def same() -> dict[str, str] | None:
        found = await replies(client, center)
        return found if found == observer.states else None

    found: dict[str, str] = await wait_until(same, "replies and feed agree", timeout=20)
    return found


def check_book(system: System, states: dict[str, str], center: str) -> int:
    """What the client was told is so. Returns how many contacts it was told are enqueued."""
    book: dict[str, set[int]] = {}
    for line in system.book.read_text().splitlines():
        entry = json.loads(line)
        book.setdefault(entry["what"], set()).add(entry["number"])
    assert book["asked"] == book["enqueued"]
    assert {f"centers/{center}/contacts/c{number}" for number in book["enqueued"]} == states.keys()
    for what, allowed in (
        ("completed", {"COMPLETED"}),
        ("abandoned", {"ABANDONED"}),
        ("canceled", {"CANCELED"}),
    ):
        wrong = {n: states[f"centers/{center}/contacts/c{n}"] for n in book.get(what, set())}
        assert {n: state for n, state in wrong.items() if state not in allowed} == {}, what
    return len(book["enqueued"])


def told(system: System, offered: int, sums: Counter[str], observer: Observer) -> str:
    kills = ", ".join(
        f"{kind} {len(hands)} times (in hand {min(hands)} or more)" for kind, hands in system.kills.items()
    )
    parts = " + ".join(
        f"{sums[key]} {key}" for key in ("completed", "abandoned", "expired", "canceled", "waiting", "in hand")
    )
    return f"{system.cell.name}: kill -9 of {kills}; {offered} offered = {parts}; feed resumed {observer.resumed} times"


@pytest.mark.timeout(300)
async def test_kills_lose_nothing(
    system: System, observer: Observer, center: str, request: pytest.FixtureRequest
) -> None:
    async with AcdClient(system.target) as client:
        await client.centers.create_center(center_id=center)
        listening = asyncio.create_task(observer.listen(client, center))
        try:
            await open_center(client, center)
            await asyncio.to_thread(system.start_line, center)
            await kill_all_kinds(system, observer, center)
            await drain(system)
            states = await agree(client, center, observer)
            assert not listening.done(), listening.exception()
        except AssertionError as error:
            if listening.done():
                error.add_note(f"the feed ended: {listening.exception()}")
            error.add_note(system.faults())
            raise
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    offered = check_book(system, states, center)
    sums, by_feed = balance(states), observer.balance()
    assert sums == by_feed
    assert offered == sums.total()
    request.node.user_properties.append(("note", told(system, offered, sums, observer)))
    assert all(len(hands) >= ROUNDS and min(hands) >= IN_HAND for hands in system.kills.values())
    assert sums["completed"] > ROUNDS * IN_HAND
    assert all(sums[key] for key in ("abandoned", "expired", "waiting", "in hand")), sums
    assert observer.doubles == []
    verdict = observer.oracle.verdict
    assert (verdict.doubles, verdict.order_violations, verdict.feed_faults, verdict.state_faults) == (0, 0, 0, 0), (
        observer.blamed()
    )
