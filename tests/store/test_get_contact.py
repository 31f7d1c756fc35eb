from tests.store.seeds import Seed
from tests.store.steps import refuses, watched


async def test_reading_changes_nothing_and_shows_the_newest_assignment(seed: Seed) -> None:
    await seed.policy(retry_delay=0)
    await seed.offered(skills={"billing": 2}, priority=3, attributes={"a": "b"}, owner="pbx-1")
    await seed.decline()
    await seed.match()
    async with watched(seed) as step:
        found = await seed.store.contacts.get_contact(seed.center, "call")
    assert not step.keys
    assert found.assignment.name == f"{found.name}/assignments/2"
    assert found.assignment.agent == f"centers/{seed.center}/agents/ann"
    assert (found.offer_count, found.priority, found.owner, dict(found.attributes)) == (2, 3, "pbx-1", {"a": "b"})


async def test_refusals(seed: Seed) -> None:
    name = f"centers/{seed.center}/contacts/call"
    await refuses(seed, lambda _: seed.store.contacts.get_contact(seed.center, "call"), "RESOURCE_NOT_FOUND", name=name)
