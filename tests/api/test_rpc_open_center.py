from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY, PRESENCE_OFFLINE
from acd.v1.center_pb2 import CENTER_STATE_OPEN
from acd.v1.center_service_pb2 import OpenCenterRequest
from tests.api.harness import Api, Bank


async def test_an_open_center_takes_and_matches_contacts_again(api: Api, bank: Bank) -> None:
    await bank.agent()
    await bank.contact()
    await bank.close()
    assert await bank.match() == []
    center = (await api.centers.OpenCenter(OpenCenterRequest(name=bank.name))).center
    assert center.state == CENTER_STATE_OPEN
    assert center == await bank.get()
    assert len(await bank.match()) == 1
    await bank.contact("c2")


async def test_opening_an_open_center_changes_nothing(api: Api, bank: Bank) -> None:
    before = await bank.get()
    assert (await api.centers.OpenCenter(OpenCenterRequest(name=bank.name))).center == before
    assert await bank.get() == before


async def test_who_is_not_ready_can_be_made_available(api: Api, bank: Bank) -> None:
    await bank.agent("ada", available=False)
    await bank.agent("bob", available=False)
    lunch = await bank.set_state(PRESENCE_NOT_READY, "lunch", agent="ada")
    await bank.close()
    await api.centers.OpenCenter(OpenCenterRequest(name=bank.name, make_available=True))
    await bank.fire()
    ada = await bank.get_agent("ada")
    assert (ada.presence, ada.presence_reason) == (PRESENCE_AVAILABLE, "")
    assert ada.idle_time.ToNanoseconds() > lunch.update_time.ToNanoseconds()
    assert (await bank.get_agent("bob")).presence == PRESENCE_OFFLINE


async def test_by_default_nobody_is_made_available(bank: Bank) -> None:
    await bank.agent()
    await bank.set_state(PRESENCE_NOT_READY, "lunch")
    await bank.close()
    await bank.open()
    await bank.fire()
    assert (await bank.get_agent()).presence == PRESENCE_NOT_READY


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.close()
    request, other = OpenCenterRequest(name=bank.name), OpenCenterRequest(name=bank.name, make_available=True)
    await api.repeated(api.centers.OpenCenter, request, other)


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = OpenCenterRequest(name="centers/nowhere")
    await api.refused("RESOURCE_NOT_FOUND", api.centers.OpenCenter, request)


async def test_bad_input(api: Api) -> None:
    request = OpenCenterRequest(name="nowhere", request_id="x")
    refused = await api.refused("INVALID_FIELD", api.centers.OpenCenter, request)
    assert refused.fields == ["name", "request_id"]
