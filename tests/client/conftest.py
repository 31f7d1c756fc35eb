from collections.abc import AsyncIterator

import pytest

from acd_client import AcdClient
from tests.client.fakes import FakeRouter


@pytest.fixture
async def router() -> AsyncIterator[FakeRouter]:
    router = FakeRouter()
    await router.start()
    yield router
    await router.stop()


@pytest.fixture
async def client(router: FakeRouter) -> AsyncIterator[AcdClient]:
    async with AcdClient(router.target, token="secret") as client:
        yield client
