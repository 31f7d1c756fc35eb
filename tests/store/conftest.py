"""Tests of the store run on the virtual clock, over the cell's processes."""

from collections.abc import AsyncIterator

import pytest

from acd_server.store import Store
from tests.store.consistency import check
from tests.store.seeds import Seed
from tests.support.cells import Cell


@pytest.fixture
async def store(store_url: str, cell: Cell) -> AsyncIterator[Store]:
    """The cell's store on the virtual clock: time stands still until a test moves it."""
    store = await Store.open(store_url, documents=cell.documents, clock="virtual")
    yield store
    await store.close()


@pytest.fixture
async def seed(store: Store, center: str) -> AsyncIterator[Seed]:
    """An open center with three skills; whatever the test did, its indexes are right at the end."""
    seed = Seed(store, center)
    await seed.start()
    yield seed
    await check(store, center)
