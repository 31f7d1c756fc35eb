"""The parts of a campaign that decide what it sees."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode

from acd_client import AcdApiError, Unavailable
from tests.campaign import proxy
from tests.campaign.arena import Deck
from tests.campaign.starvation import Account, Starvation, account, starved
from tests.system import doubled
from tests.system.journal import Log, Tail

UNKNOWN = Unavailable("UNAVAILABLE", StatusCode.UNAVAILABLE, "")
REFUSED = AcdApiError("WRONG_STATE", StatusCode.FAILED_PRECONDITION, "")
FULL = AcdApiError("STORE_FULL", StatusCode.RESOURCE_EXHAUSTED, "")


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        ("a", "a", False),
        ("a", "b", True),
        ("a", REFUSED, True),
        (REFUSED, "a", True),
        (REFUSED, REFUSED, False),
        ("a", UNKNOWN, False),
        (FULL, "a", False),
    ],
)
def test_two_deliveries_must_be_answered_alike(first: Any, second: Any, *, differ: bool) -> None:
    assert doubled.differ(first, second) == differ


async def test_a_doubled_call_is_made_twice_and_answered_once() -> None:
    asked: list[str] = []

    async def call(request: str) -> str:
        asked.append(request)
        return f"{request}!"

    dice = random.Random(1)
    lost = 0
    for _ in range(100):
        try:
            assert await doubled.twice(call, "go", dice) == "go!"
        except Unavailable:
            lost += 1
    assert len(asked) == 200
    assert 0 < lost < 30


async def test_answers_that_differ_are_told() -> None:
    answers = iter(("a", "b"))

    async def call(_request: str) -> str:
        return next(answers)

    with pytest.raises(doubled.DifferError):
        await doubled.twice(call, "go", random.Random(1))


def test_every_card_comes_once_before_one_comes_again() -> None:
    deck = Deck(random.Random(3), "abcde")
    drawn = [card for _ in range(5) for card in deck.draw(2)]
    assert sorted(drawn[:5]) == sorted(drawn[5:]) == list("abcde")


def test_times_without_a_processor_are_joined() -> None:
    seen = Starvation(list)
    for begun, ended in ((10.0, 10.5), (11.0, 11.5), (20.0, 20.5)):
        seen.note(begun, ended)
    assert seen.times == [(9_000_000, 12_500_000), (19_000_000, 21_500_000)]


def test_what_the_kernel_says_of_a_process() -> None:
    assert account("12 345000000 6\n") == Account(0.345, 6)
    own = Path("/proc/self/schedstat").read_text()
    assert account(own).turns > 0
    assert account(own).waited_s >= 0


@pytest.mark.parametrize(
    ("waited_s", "turns", "too_little"),
    [
        (0.14, 1, False),  # of half a second
        (0.16, 1, True),
        (0.4, 500, False),  # each turn was held up for less than a millisecond
        (0.4, 50, True),
    ],
)
def test_starved_is_who_waits_long_and_much(waited_s: float, turns: int, *, too_little: bool) -> None:
    before = Account(7.0, 100)
    assert starved(Account(7.0 + waited_s, 100 + turns), before, 0.5) == too_little


def test_a_line_is_read_once_and_only_when_it_is_whole(tmp_path: Path) -> None:
    tail, log = Tail(tmp_path, "*.jsonl"), Log(tmp_path / "a.jsonl")
    log.write("enqueue", "ok", "1")
    assert [line["request"] for line in tail.more()] == ["1"]
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write('{"request": "2"')
        file.flush()
        assert list(tail.more()) == []
        file.write("}\n")
    assert [line["request"] for line in tail.more()] == ["2"]
    log.close()


@asynccontextmanager
async def through_proxy(
    made: proxy.Proxy, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection through it to a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(100):
            writer.write(piece)
        writer.close()

    far = await asyncio.start_server(echo, "127.0.0.1", 0)
    address = far.sockets[0].getsockname()

    async def onward(_taken: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*address)

    monkeypatch.setattr(made, "_onward", onward)  # whither a connection was meant to go only a packet filter knows
    near = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    async with far, near:
        reader, writer = await asyncio.open_connection(*near.sockets[0].getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()


async def test_the_proxy_passes_everything_on_in_its_order_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async with through_proxy(proxy.Proxy(0.02, 0.02), monkeypatch) as (reader, writer):
        begun = asyncio.get_running_loop().time()
        sent = b"".join(b"%06d" % number for number in range(200))
        for start in range(0, len(sent), 60):
            writer.write(sent[start : start + 60])
            await writer.drain()
            await asyncio.sleep(0)
        assert await reader.readexactly(len(sent)) == sent
        assert asyncio.get_running_loop().time() > begun


async def test_the_proxy_resets_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    made = proxy.Proxy(0.0, 0.0)
    async with through_proxy(made, monkeypatch) as (reader, writer):
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        made.reset()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
