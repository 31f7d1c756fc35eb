from acd.v1.center_service_pb2 import ExplainRoutingRequest
from acd.v1.explanation_pb2 import (
    IDLE_REASON_NOT_AVAILABLE,
    WAIT_REASON_NOBODY_SIGNED_IN,
    WAIT_REASON_NOBODY_SKILLED,
)
from tests.api.harness import Api, Bank


async def test_a_contact(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.contact(billing=2)
    request = ExplainRoutingRequest(name=bank.name, contact=bank.contact_name())
    found = (await api.centers.ExplainRouting(request)).contact
    assert (found.name, found.reason, found.position) == (bank.contact_name(), WAIT_REASON_NOBODY_SKILLED, 1)
    await bank.agent(available=False, billing=2)
    assert (await api.centers.ExplainRouting(request)).contact.reason == WAIT_REASON_NOBODY_SIGNED_IN


async def test_an_agent(api: Api, bank: Bank) -> None:
    await bank.agent(available=False)
    await bank.contact()
    request = ExplainRoutingRequest(name=bank.name, agent=bank.agent_name())
    found = (await api.centers.ExplainRouting(request)).agent
    assert (found.name, found.reason, found.classes[0].waiting) == (bank.agent_name(), IDLE_REASON_NOT_AVAILABLE, 1)


async def test_refusals(api: Api, bank: Bank) -> None:
    explain = api.centers.ExplainRouting
    refused = await api.refused("INVALID_FIELD", explain, ExplainRoutingRequest(name="x"))
    assert refused.fields == ["name", "contact"]
    for field, kind in (("contact", "contacts"), ("agent", "agents")):
        request = ExplainRoutingRequest(name=bank.name, **{field: f"centers/other/{kind}/c1"})
        assert (await api.refused("INVALID_FIELD", explain, request)).fields == [field]
        request = ExplainRoutingRequest(name=bank.name, **{field: f"{bank.name}/{kind}/absent"})
        await api.refused("RESOURCE_NOT_FOUND", explain, request)
    await bank.offered()
    request = ExplainRoutingRequest(name=bank.name, contact=bank.contact_name())
    refused = await api.refused("WRONG_STATE", explain, request)
    assert refused.metadata == {"name": bank.contact_name(), "state": "OFFERED"}
