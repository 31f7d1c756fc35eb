from acd.v1.contact_pb2 import ASSIGNMENT_STATE_ACTIVE, ASSIGNMENT_STATE_OFFERED, CONTACT_STATE_ACTIVE
from acd.v1.dispatch_service_pb2 import MatchContactsRequest
from tests.api.harness import Api, Bank


async def test_pairs_in_rank_order(bank: Bank) -> None:
    for agent in ("ada", "bob", "cid"):
        await bank.agent(agent)
    await bank.contact("first")
    await bank.contact("second")
    await bank.contact("urgent", priority=5)
    pairs = {each.name.split("/")[3]: each.agent for each in await bank.match()}
    assert pairs == {
        "urgent": bank.agent_name("ada"),
        "first": bank.agent_name("bob"),
        "second": bank.agent_name("cid"),
    }
    assert list(pairs) == ["urgent", "first", "second"]


async def test_an_offer_as_it_is_returned(bank: Bank) -> None:
    agent = await bank.agent()
    await bank.contact()
    (assignment,) = await bank.match()
    assert assignment == (await bank.get_contact()).assignment
    assert (assignment.state, assignment.agent) == (ASSIGNMENT_STATE_OFFERED, bank.agent_name())
    assert assignment.deadline.seconds - assignment.offer_time.seconds == 15
    assert assignment.agent_idle_time == agent.idle_time


async def test_no_more_pairs_than_asked_for(api: Api, bank: Bank) -> None:
    for i in range(5):
        await bank.agent(f"a-{i}")
        await bank.contact(f"c-{i}")
    reply = await api.dispatch.MatchContacts(MatchContactsRequest(parent=bank.name, max_pairs=3))
    assert (len(reply.assignments), reply.more) == (3, True)
    reply = await api.dispatch.MatchContacts(MatchContactsRequest(parent=bank.name, max_pairs=3))
    assert len(reply.assignments) == 2
    reply = await api.dispatch.MatchContacts(MatchContactsRequest(parent=bank.name))
    assert (len(reply.assignments), reply.more) == (0, False)


async def test_one_contact_at_a_time(bank: Bank) -> None:
    await bank.agent()
    await bank.contact("c1")
    await bank.contact("c2")
    assert [each.name for each in await bank.match()] == [bank.assignment_name(1, "c1")]
    assert await bank.match() == []


async def test_levels_are_least_levels(bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent("junior", billing=3)
    await bank.agent("senior", billing=7)
    await bank.contact("hard", billing=7)
    await bank.contact("harder", billing=8)
    assert [(each.name, each.agent) for each in await bank.match()] == [
        (bank.assignment_name(1, "hard"), bank.agent_name("senior"))
    ]


async def test_auto_accept(bank: Bank) -> None:
    await bank.policy(auto_accept=True)
    await bank.agent()
    await bank.contact()
    (assignment,) = await bank.match()
    assert assignment.state == ASSIGNMENT_STATE_ACTIVE
    assert (await bank.get_contact()).state == CONTACT_STATE_ACTIVE


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = MatchContactsRequest(parent="centers/nowhere")
    await api.refused("RESOURCE_NOT_FOUND", api.dispatch.MatchContacts, request)


async def test_bad_input(api: Api) -> None:
    request = MatchContactsRequest(parent="x", max_pairs=-1)
    refused = await api.refused("INVALID_FIELD", api.dispatch.MatchContacts, request)
    assert refused.fields == ["parent", "max_pairs"]
