"""The feed goes on through every fault that another stream can cure, and hides the seam."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from grpc import StatusCode

from acd.v1.assignment_feed_pb2 import WatchRequest, WatchResponse
from acd_client import (
    AcdApiError,
    AcdClient,
    Backoff,
    Feed,
    FeedGap,
    HistoryDiverged,
    NotFound,
    ResumeTokenExpired,
)
from acd_client.feed import FINAL
from tests.client.fakes import Context, FakeRouter, Script, checkpoint, event, page, refuse

RESUMED = [code for code in StatusCode if code not in FINAL and code is not StatusCode.OK]


def says(*messages: WatchResponse) -> Script:
    """Sends the messages and then ends in order."""

    async def script(_request: WatchRequest, _context: Context) -> AsyncIterator[WatchResponse]:
        for message in messages:
            yield message

    return script


def fails(code: StatusCode, reason: str, *messages: WatchResponse, **metadata: str) -> Script:
    """Sends the messages and then ends with a refusal of the router."""

    async def script(_request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        for message in messages:
            yield message
        await refuse(context, code, reason, 0.0, **metadata)

    return script


def hangs(*messages: WatchResponse) -> Script:
    """Sends the messages and then nothing, for ever."""

    async def script(_request: WatchRequest, _context: Context) -> AsyncIterator[WatchResponse]:
        for message in messages:
            yield message
        await asyncio.Event().wait()

    return script


def dies(code: StatusCode, *messages: WatchResponse) -> Script:
    """Sends the messages and then ends with a bare status, as a proxy or the network does."""

    async def script(_request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        for message in messages:
            yield message
        await context.abort(code, "Stream removed")

    return script


async def take(feed: Feed, count: int) -> list[WatchResponse]:
    return [await anext(feed) for _ in range(count)]


def sequences(messages: list[WatchResponse]) -> list[int]:
    return [message.event.sequence for message in messages]


@pytest.mark.parametrize("code", RESUMED, ids=str)
async def test_goes_on_from_the_last_token(router: FakeRouter, client: AcdClient, code: StatusCode) -> None:
    router.feed.scripts.extend([dies(code, event(1), event(2)), hangs(event(3))])
    async with client.watch("demo") as feed:
        assert sequences(await take(feed, 3)) == [1, 2, 3]
        assert feed.resume_token == "t3"
        assert feed.resumed == 1
    assert router.feed.tokens() == ["", "t2"]


@pytest.mark.parametrize("code", sorted(FINAL, key=str), ids=str)
async def test_ends_with_what_cannot_be_cured(router: FakeRouter, client: AcdClient, code: StatusCode) -> None:
    router.feed.scripts.append(dies(code, event(1)))
    async with client.watch("demo") as feed:
        await take(feed, 1)
        with pytest.raises(AcdApiError) as raised:
            await anext(feed)
    assert raised.value.code is code
    assert len(router.feed.requests) == 1


@pytest.mark.parametrize(
    ("reason", "kind"), [("RESUME_TOKEN_EXPIRED", ResumeTokenExpired), ("HISTORY_DIVERGED", HistoryDiverged)]
)
async def test_lost_history_is_told(
    router: FakeRouter, client: AcdClient, reason: str, kind: type[AcdApiError]
) -> None:
    router.feed.scripts.append(fails(StatusCode.OUT_OF_RANGE, reason, oldestToken="t40"))
    async with client.watch("demo", resume_token="t7") as feed:
        with pytest.raises(kind) as raised:
            await anext(feed)
    assert raised.value.metadata == {"oldestToken": "t40"}
    assert feed.resume_token == "t7"


async def test_unknown_center_is_told(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.append(fails(StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND", name="centers/demo"))
    async with client.watch("demo") as feed:
        with pytest.raises(NotFound):
            await anext(feed)


async def test_goes_on_after_draining_and_after_an_orderly_end(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.extend(
        [
            fails(StatusCode.UNAVAILABLE, "DRAINING", event(1), resumeToken="t1"),
            says(event(2)),
            hangs(event(3)),
        ]
    )
    async with client.watch("demo") as feed:
        assert sequences(await take(feed, 3)) == [1, 2, 3]
    assert router.feed.tokens() == ["", "t1", "t2"]


async def test_goes_on_after_the_server_was_replaced(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.extend([hangs(event(1)), hangs(event(2))])
    async with client.watch("demo") as feed:
        assert sequences(await take(feed, 1)) == [1]
        await router.stop()
        next_event = asyncio.ensure_future(anext(feed))
        await router.start()
        assert (await next_event).event.sequence == 2
    assert router.feed.tokens()[-1] == "t1"


async def test_duplicates_after_a_resume_are_dropped(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.extend(
        [
            dies(StatusCode.UNKNOWN, event(5), event(6)),
            hangs(event(5), event(6), checkpoint(4), event(7)),
        ]
    )
    async with client.watch("demo") as feed:
        assert sequences(await take(feed, 3)) == [5, 6, 7]


async def test_a_gap_is_raised(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.append(hangs(event(1), event(3)))
    async with client.watch("demo") as feed:
        await take(feed, 1)
        with pytest.raises(FeedGap) as raised:
            await anext(feed)
        assert (raised.value.expected, raised.value.received) == (2, 3)
        assert feed.resume_token == "t1"


async def test_a_gap_across_a_resume_is_raised(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.extend([dies(StatusCode.UNAVAILABLE, event(1)), hangs(event(4))])
    async with client.watch("demo") as feed:
        await take(feed, 1)
        with pytest.raises(FeedGap):
            await anext(feed)


async def test_a_checkpoint_that_skips_events_is_a_gap(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.append(hangs(event(1), checkpoint(2)))
    async with client.watch("demo") as feed:
        await take(feed, 1)
        with pytest.raises(FeedGap):
            await anext(feed)


@pytest.mark.parametrize("chosen", [{"agent": "ada"}, {"skill_ids": ["billing"]}, {"owner": "pbx-1"}])
async def test_a_filtered_feed_may_skip(router: FakeRouter, client: AcdClient, chosen: dict[str, str]) -> None:
    router.feed.scripts.append(hangs(event(1), event(4), checkpoint(9), event(9), event(12)))
    async with client.watch("demo", **chosen) as feed:  # type: ignore[arg-type]  # one of three
        assert sequences(await take(feed, 4)) == [1, 4, 0, 12]


async def test_filter_and_interval_are_sent_with_every_stream(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.extend([dies(StatusCode.UNKNOWN, event(1)), hangs(event(2))])
    async with client.watch("demo", agent="ada", checkpoint_interval=0.5) as feed:
        await take(feed, 2)
    for request in router.feed.requests:
        assert request.parent == "centers/demo"
        assert request.agent == "centers/demo/agents/ada"
        assert request.checkpoint_interval.ToMilliseconds() == 500


async def test_a_snapshot_that_breaks_off_is_never_seen_in_part(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.extend(
        [
            dies(StatusCode.UNAVAILABLE, page("a", "b"), page("c")),
            hangs(page("a"), page("d"), page(token="t8"), event(9)),
        ]
    )
    async with client.watch("demo") as feed:
        got = await take(feed, 4)
    contacts = [contact.name.rpartition("/")[2] for message in got for contact in message.snapshot.contacts]
    assert contacts == ["a", "d"]
    assert [message.snapshot.last for message in got] == [False, False, True, False]
    assert got[-1].event.sequence == 9
    assert router.feed.tokens() == ["", ""]


async def test_a_complete_snapshot_is_not_asked_for_again(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.extend([dies(StatusCode.UNAVAILABLE, page("a", token="t8")), hangs(event(9))])
    async with client.watch("demo") as feed:
        await take(feed, 2)
    assert router.feed.tokens() == ["", "t8"]


async def test_silence_is_cut_off(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.extend([hangs(event(1)), hangs(event(2))])
    async with client.watch("demo", checkpoint_interval=0.1) as feed:
        assert sequences(await take(feed, 2)) == [1, 2]


async def test_a_reader_that_gives_up_and_comes_back_loses_nothing(router: FakeRouter, client: AcdClient) -> None:
    release = asyncio.Event()

    @router.feed.script
    async def script(_request: WatchRequest, _context: Context) -> AsyncIterator[WatchResponse]:
        yield event(1)
        await release.wait()
        yield event(2)

    async with client.watch("demo") as feed:
        await take(feed, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(feed), 0.05)
        release.set()
        assert sequences(await take(feed, 1)) == [2]
    assert len(router.feed.requests) == 1


async def test_the_token_is_that_of_the_last_message_handed_out(router: FakeRouter, client: AcdClient) -> None:
    router.feed.scripts.append(hangs(page("a"), page(token="t5"), checkpoint(5), event(6)))
    async with client.watch("demo") as feed:
        seen = []
        for _ in range(4):
            await anext(feed)
            seen.append(feed.resume_token)
    assert seen == ["", "t5", "t5", "t6"]


async def test_waits_as_long_as_the_router_asks(router: FakeRouter, client: AcdClient) -> None:
    async def full(_request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        await refuse(context, StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_FEEDS", retry_delay=0.3)
        yield event(0)  # never; makes this a generator

    router.feed.scripts.extend([full, hangs(event(1))])
    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with client.watch("demo") as feed:
        await take(feed, 1)
    assert loop.time() - begin >= 0.3


async def test_streams_that_break_off_at_once_are_opened_ever_more_slowly(
    router: FakeRouter, client: AcdClient
) -> None:
    router.feed.scripts.extend([*(dies(StatusCode.UNKNOWN, event(n)) for n in range(1, 6)), hangs(event(6))])
    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with client.watch("demo") as feed:
        assert sequences(await take(feed, 6)) == [1, 2, 3, 4, 5, 6]
    # Half of 50, 100, 200, 400 and 800 ms at least.
    assert loop.time() - begin >= 0.77


async def test_closing_the_client_ends_its_feeds(router: FakeRouter) -> None:
    router.feed.scripts.append(hangs(event(1)))
    async with AcdClient(router.target) as client:
        feed = client.watch("demo")
        await take(feed, 1)
    await feed.close()


def test_waits_grow_to_a_limit_and_start_over() -> None:
    backoff = Backoff(first=0.1, most=1.0)
    waits = [backoff.next() for _ in range(2000)]
    assert 0.05 <= waits[0] <= 0.1
    assert all(0.5 <= wait <= 1.0 for wait in waits[5:])
    assert len({round(wait, 6) for wait in waits[5:]}) > 100
    assert backoff.next(least=3.0) == 3.0
    backoff.reset()
    assert backoff.next() <= 0.1
