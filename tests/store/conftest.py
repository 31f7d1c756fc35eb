"""Tests of the store run on the virtual clock, over the cell's processes."""

from collections.abc import AsyncIterator

import pytest

from acd_server.store import Store
from acd_server.store.store import Clock
from tests.store.consistency import check
from tests.store.seeds import Seed
from tests.support.redis_process import Store as StoreProcesses


@pytest.fixture
def clock() -> Clock:
    """Time stands still until a test moves it."""
    return "virtual"


@pytest.fixture
def store_url(clean_store: StoreProcesses) -> str:
    """These tests look behind the store, and break it, by its own connections."""
    return clean_store.url


@pytest.fixture
async def seed(store: Store, center: str) -> AsyncIterator[Seed]:
    """An open center with three skills; whatever the test did, its indexes are right at the end."""
    seed = Seed(store, center)
    await seed.start()
    yield seed
    await check(store, center)
