import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from acd.v1.contact_pb2 import CONTACT_STATE_OFFERED, CONTACT_STATE_QUEUED
from acd.v1.dispatch_service_pb2 import CenterWork, WatchWorkRequest, WatchWorkResponse
from acd.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from tests.api.harness import Api, Bank, refusal


@asynccontextmanager
async def working(api: Api, center: str = "") -> AsyncIterator["Work"]:
    work = Work(api.dispatch, center)
    try:
        yield work
    finally:
        work.call.cancel()


class Work:
    """A stream of work, read one center at a time."""

    def __init__(self, stub: DispatchServiceStub, center: str) -> None:
        self.call: Any = stub.WatchWork(WatchWorkRequest(center=center))

    async def begun(self) -> None:
        """The server has it."""
        assert isinstance(await self.call.read(), WatchWorkResponse)

    async def until_matchable(self, center: str) -> CenterWork:
        async with asyncio.timeout(10):
            while True:
                response = await self.call.read()
                assert isinstance(response, WatchWorkResponse), "the stream ended"
                for work in response.centers:
                    if work.center == center and work.matchable:
                        return work


async def test_it_begins_with_what_there_is(api: Api, bank: Bank) -> None:
    await bank.agent()
    await bank.contact()
    async with working(api) as work:
        found = await work.until_matchable(bank.name)
        assert found.due_in.seconds > 86_000


async def test_new_work_is_told(api: Api, bank: Bank) -> None:
    async with working(api, bank.name) as work:
        await bank.contact()
        await bank.agent()
        await work.until_matchable(bank.name)
        await bank.match()
        await bank.contact("c2")
        await bank.agent("bob")
        await work.until_matchable(bank.name)


@pytest.mark.parametrize("watched", ["every center", "this center"])
async def test_while_it_is_watched_a_contact_is_offered_with_its_call(api: Api, bank: Bank, watched: str) -> None:
    await bank.agent()
    async with working(api, bank.name if watched == "this center" else "") as work:
        await work.begun()
        told = await bank.contact()
        assert told.state == CONTACT_STATE_QUEUED, "as it was enqueued"
        assert (await bank.get_contact()).state == CONTACT_STATE_OFFERED
        assert await bank.match() == []


async def test_unwatched_it_waits_for_who_is_to_match(api: Api, bank: Bank) -> None:
    await bank.agent()
    async with working(api, "centers/another") as work:
        await work.begun()
        await bank.contact()
        assert (await bank.get_contact()).state == CONTACT_STATE_QUEUED


async def test_bad_input(api: Api) -> None:
    call = api.dispatch.WatchWork(WatchWorkRequest(center="{x}"))
    refused = await refusal(call.read())
    assert (refused.reason, refused.fields) == ("INVALID_FIELD", ["center"])
