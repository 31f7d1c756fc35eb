from collections.abc import AsyncIterator

import grpc.aio
import pytest

from acd.v1.center_service_pb2 import CreateCenterRequest
from acd_server.store import Store
from tests.api.harness import Api, Bank
from tests.store import consistency
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import Server


@pytest.fixture
async def api(server: Server, store_processes: StoreProcesses) -> AsyncIterator[Api]:
    async with grpc.aio.insecure_channel(server.target) as channel:
        yield Api(channel, store_processes)


@pytest.fixture
async def bank(api: Api, store: Store, center: str) -> AsyncIterator[Bank]:
    """A new center, open, with the default policy. At the end every index must agree with the documents."""
    await api.centers.CreateCenter(CreateCenterRequest(center_id=center))
    yield Bank(api, center)
    await consistency.check(store, center)
