from tests.store.seeds import Seed
from tests.store.steps import refuses, watched


async def listed(seed: Seed, presence: str = "", limit: int = 2) -> list[list[str]]:
    pages, after = [], ""
    while True:
        found, after = await seed.store.agents.list_agents(seed.center, presence=presence, after=after, limit=limit)
        pages.append([agent.name.rsplit("/", 1)[1] for agent in found])
        if not after:
            return pages


async def test_pages_by_id_and_by_presence(seed: Seed) -> None:
    for name in ("e", "a", "c"):
        await seed.agent(name)
    await seed.agent("b", presence="OFFLINE")
    await seed.agent("d", presence="NOT_READY")
    async with watched(seed) as step:
        assert await listed(seed) == [["a", "b"], ["c", "d"], ["e"]]
        assert await listed(seed, "AVAILABLE") == [["a", "c"], ["e"]]
        assert await listed(seed, "OFFLINE") == [["b"]]
        assert await listed(seed, "NOT_READY") == [["d"]]
    assert not step.keys


async def test_a_page_ends_at_about_a_mebibyte_and_nothing_is_left_out(seed: Seed) -> None:
    names = [f"agent-{number:02}" for number in range(12)]
    for name in names:
        await seed.store.agents.create_agent(seed.center, name, display_name="x" * 200_000, skills={}, request=None)
    pages = await listed(seed, limit=100)
    assert [name for page in pages for name in page] == names
    assert [len(page) for page in pages] == [6, 6]


async def test_refusals(seed: Seed) -> None:
    agents = seed.store.agents
    await refuses(
        Seed(seed.store, "ghost"),
        lambda _: agents.list_agents("ghost", presence="", after="", limit=1),
        "RESOURCE_NOT_FOUND",
        name="centers/ghost",
    )
