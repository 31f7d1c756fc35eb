import asyncio

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY, PRESENCE_OFFLINE, PRESENCE_UNSPECIFIED, Presence
from acd.v1.agent_service_pb2 import DeleteAgentRequest, ListAgentsRequest
from tests.api.harness import Api, Bank
from tests.api.violations import message


async def pages(bank: Bank, page_size: int = 0, presence: Presence.ValueType = PRESENCE_UNSPECIFIED) -> list[list[str]]:
    found, token = [], ""
    while True:
        request = ListAgentsRequest(parent=bank.name, page_size=page_size, page_token=token, presence=presence)
        response = await bank.api.agents.ListAgents(request)
        found.append([agent.name.removeprefix(f"{bank.name}/agents/") for agent in response.agents])
        token = response.next_page_token
        if not token:
            return found


async def test_no_agents(bank: Bank) -> None:
    assert await pages(bank) == [[]]


async def test_130_agents_in_pages(bank: Bank) -> None:
    made = sorted(f"Agent.{i}@x" for i in range(130))
    await asyncio.gather(*(bank.agent(agent, available=False) for agent in reversed(made)))
    by_default = await pages(bank)
    assert [len(page) for page in by_default] == [50, 50, 30]
    assert [each for page in by_default for each in page] == made
    assert [len(page) for page in await pages(bank, 43)] == [43, 43, 43, 1]
    assert await pages(bank, 2000) == [made]


async def test_by_presence(bank: Bank) -> None:
    for agent in ("a", "b", "c", "d"):
        await bank.agent(agent, available=agent != "a")
    await bank.set_state(PRESENCE_NOT_READY, "lunch", agent="b")
    assert await pages(bank, presence=PRESENCE_OFFLINE) == [["a"]]
    assert await pages(bank, presence=PRESENCE_NOT_READY) == [["b"]]
    assert await pages(bank, 1, presence=PRESENCE_AVAILABLE) == [["c"], ["d"]]
    assert await pages(bank) == [["a", "b", "c", "d"]]


async def test_a_page_goes_on_where_it_ended_though_the_agent_is_gone(bank: Bank) -> None:
    for agent in ("a", "b", "c"):
        await bank.agent(agent)
    first = await bank.api.agents.ListAgents(ListAgentsRequest(parent=bank.name, page_size=2))
    await bank.api.agents.DeleteAgent(DeleteAgentRequest(name=bank.agent_name("b")))
    request = ListAgentsRequest(parent=bank.name, page_size=2, page_token=first.next_page_token)
    assert [agent.name for agent in (await bank.api.agents.ListAgents(request)).agents] == [bank.agent_name("c")]


async def test_a_listed_agent_is_the_whole_agent(api: Api, bank: Bank) -> None:
    await bank.offered()
    (agent,) = (await api.agents.ListAgents(ListAgentsRequest(parent=bank.name))).agents
    assert agent == await bank.get_agent()


async def test_a_token_with_another_filter(api: Api, bank: Bank) -> None:
    await bank.agent("a")
    await bank.agent("b")
    token = (await api.agents.ListAgents(ListAgentsRequest(parent=bank.name, page_size=1))).next_page_token
    request = ListAgentsRequest(parent=bank.name, page_token=token, presence=PRESENCE_AVAILABLE)
    await api.refused("PAGE_TOKEN_INVALID", api.agents.ListAgents, request)


async def test_a_center_that_does_not_exist(api: Api) -> None:
    await api.refused("RESOURCE_NOT_FOUND", api.agents.ListAgents, ListAgentsRequest(parent="centers/nowhere"))


async def test_bad_input(api: Api) -> None:
    request = message(ListAgentsRequest, parent="x", page_size=-1, presence=12)
    refused = await api.refused("INVALID_FIELD", api.agents.ListAgents, request)
    assert refused.fields == ["parent", "presence", "page_size"]
