from acd.v1.center_service_pb2 import GetCenterRequest
from tests.api.harness import Api, Bank


async def test_a_center_can_be_read(bank: Bank) -> None:
    assert (await bank.get()).name == bank.name


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = GetCenterRequest(name="centers/nowhere")
    refused = await api.refused("RESOURCE_NOT_FOUND", api.centers.GetCenter, request)
    assert refused.metadata == {"name": "centers/nowhere"}
    assert refused.message == "centers/nowhere does not exist"


async def test_bad_input(api: Api) -> None:
    for name in ("", "bank", "centers/", "centers/Bank", "centers/bank/agents/ada", "centers/{_}"):
        refused = await api.refused("INVALID_FIELD", api.centers.GetCenter, GetCenterRequest(name=name))
        assert refused.fields == ["name"]
