from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY, PRESENCE_OFFLINE
from acd.v1.agent_service_pb2 import RenewAgentLeaseRequest
from acd.v1.assignment_feed_pb2 import WatchRequest
from acd.v1.contact_pb2 import CONTACT_STATE_ACTIVE, CONTACT_STATE_QUEUED
from tests.api.harness import Api, Bank, refusal
from tests.api.test_rpc_watch import watching
from tests.api.violations import span
from tests.support import keyspace
from tests.support.wait import wait_until


def renew(bank: Bank, agent: str = "ada") -> RenewAgentLeaseRequest:
    return RenewAgentLeaseRequest(name=bank.agent_name(agent))


async def test_the_lease_has_the_length_of_the_policy(api: Api, bank: Bank) -> None:
    await bank.agent()
    reply = await api.agents.RenewAgentLease(renew(bank))
    assert reply.agent_lease == span(30)
    now = (await bank.get_agent()).update_time
    assert 29 <= reply.expire_time.seconds - now.seconds <= 32


async def test_a_silent_agent_is_signed_out(api: Api, bank: Bank) -> None:
    await bank.policy(agent_lease=0.01)
    await bank.active()
    await api.agents.RenewAgentLease(renew(bank))
    await wait_until(bank.fire, "the lease runs out")
    agent = await bank.get_agent()
    assert (agent.presence, agent.presence_reason) == (PRESENCE_OFFLINE, "LEASE_EXPIRED")
    contact = await bank.get_contact()
    assert (contact.state, contact.assignment.agent_lost) == (CONTACT_STATE_ACTIVE, True)
    await bank.set_state(PRESENCE_NOT_READY, "back")
    assert not (await bank.get_contact()).assignment.agent_lost


async def test_without_a_lease_silence_is_no_fault(bank: Bank) -> None:
    await bank.policy(agent_lease=0.01)
    await bank.agent()
    assert await bank.fire() == 0
    assert (await bank.get_agent()).presence == PRESENCE_AVAILABLE


async def test_a_feed_keeps_the_lease(api: Api, bank: Bank) -> None:
    """While it is open, from whenever the agent signs in; afterwards the lease runs out."""
    await bank.policy(agent_lease=0.3)
    await bank.agent(available=False)
    async with watching(bank, agent=bank.agent_name(), keep_lease=True) as feed:
        await feed.read()
        await bank.set_state(PRESENCE_AVAILABLE)
        await bank.contact()
        (assignment,) = await bank.match()
        await wait_until(lambda: has_lease(api), "the feed renews")
        for _ in range(3):
            assert await bank.fire() == 0
        assert (await bank.get_agent()).assignments == [assignment.name]
    await wait_until(lambda: signed_out(bank), "the lease runs out")
    assert (await bank.get_contact()).state == CONTACT_STATE_QUEUED


async def test_a_feed_that_is_refused_renews_nothing(api: Api, bank: Bank) -> None:
    await bank.agent()
    before = api.dump()
    request = WatchRequest(parent=bank.name, agent=bank.agent_name(), keep_lease=True, resume_token="none")
    got = await refusal(api.feed.Watch(request).read())
    assert got.reason == "RESUME_TOKEN_INVALID"
    assert keyspace.differences(before, api.dump()) == {}


async def has_lease(api: Api) -> bool:
    return any("lease:ada" in str(value) for key, value in api.dump().items() if key.endswith("deadlines"))


async def signed_out(bank: Bank) -> bool:
    await bank.fire()
    return (await bank.get_agent()).presence == PRESENCE_OFFLINE


async def test_refusals(api: Api, bank: Bank) -> None:
    await api.refused("RESOURCE_NOT_FOUND", api.agents.RenewAgentLease, renew(bank))
    await bank.agent(available=False)
    refused = await api.refused("WRONG_STATE", api.agents.RenewAgentLease, renew(bank))
    assert refused.metadata == {"name": bank.agent_name(), "state": "OFFLINE"}
    refused = await api.refused("INVALID_FIELD", api.agents.RenewAgentLease, RenewAgentLeaseRequest(name="ada"))
    assert refused.fields == ["name"]
