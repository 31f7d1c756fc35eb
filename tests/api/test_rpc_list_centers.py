import json
from pathlib import Path

import grpc.aio

from acd.v1.center_service_pb2 import CreateCenterRequest, ListCentersRequest
from acd_server.auth import digest_of
from acd_server.store import Store
from tests.api.harness import Api, Bank
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import running


async def ids(api: Api, page_size: int) -> list[list[str]]:
    """The ids on each page, asked for one after the other."""
    pages, token = [], ""
    while True:
        request = ListCentersRequest(page_size=page_size, page_token=token)
        response = await api.centers.ListCenters(request)
        pages.append([center.name.removeprefix("centers/") for center in response.centers])
        token = response.next_page_token
        if not token:
            return pages


async def test_no_centers(api: Api) -> None:
    assert await ids(api, 0) == [[]]


async def test_130_centers_in_pages(api: Api) -> None:
    made = sorted(f"c-{i}" for i in range(130))
    for center in reversed(made):
        await api.centers.CreateCenter(CreateCenterRequest(center_id=center))
    by_default = await ids(api, 0)
    assert [len(page) for page in by_default] == [50, 50, 30]
    assert [each for page in by_default for each in page] == made
    assert [len(page) for page in await ids(api, 65)] == [65, 65]
    assert [len(page) for page in await ids(api, 5000)] == [130]


async def test_a_listed_center_is_the_whole_center(api: Api, bank: Bank) -> None:
    (center,) = (await api.centers.ListCenters(ListCentersRequest())).centers
    assert center == await bank.get()


async def test_bad_input(api: Api) -> None:
    refused = await api.refused("INVALID_FIELD", api.centers.ListCenters, ListCentersRequest(page_size=-1))
    assert refused.fields == ["page_size"]
    refused = await api.refused("PAGE_TOKEN_INVALID", api.centers.ListCenters, ListCentersRequest(page_token="x"))
    assert refused.metadata == {}


async def test_a_token_of_one_center_lists_that_center(
    api: Api, bank: Bank, store: Store, store_processes: StoreProcesses, tmp_path: Path
) -> None:
    await api.centers.CreateCenter(CreateCenterRequest(center_id="another"))
    tokens = {"bank": bank.id, "nowhere": "nowhere", "all": "*"}
    file = tmp_path / "tokens.json"
    entries = [{"sha256": digest_of(token), "role": "supervisor", "center": center} for token, center in tokens.items()]
    file.write_text(json.dumps({"tokens": entries}))
    found = {}
    async with (
        running(store, auth="tokens", tokens_file=str(file)) as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        for token in tokens:
            metadata = (("authorization", f"Bearer {token}"),)
            response = await Api(channel, store_processes).centers.ListCenters(ListCentersRequest(), metadata=metadata)
            assert response.next_page_token == ""
            found[token] = sorted(center.name for center in response.centers)
    assert found == {"bank": [bank.name], "nowhere": [], "all": sorted([bank.name, "centers/another"])}
