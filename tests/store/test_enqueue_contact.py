from collections.abc import AsyncIterator

import pytest

from acd.v1 import contact_pb2
from acd_server.store import RequestKey, Store
from tests.store.seeds import MAX_WAIT, SECOND, Seed
from tests.store.steps import QUEUE, changes, document, refuses, replays
from tests.support.cells import Cell

NEW = {"contact:call", "contacts", "contacts:QUEUED"}


async def test_a_contact_enters_the_queue_in_a_new_class(seed: Seed) -> None:
    keys = QUEUE | NEW | {"class:VOICE|billing=3|", "waiting_classes:billing", "skill_contacts:billing"}
    async with changes(seed, keys, "CONTACT_ENQUEUED") as step:
        contact = await seed.enqueue("call", {"billing": 3})
    assert contact.state == contact_pb2.CONTACT_STATE_QUEUED
    assert contact.enqueue_time == contact.update_time
    assert contact.sequence == int(step.after["clock"]["sequence"])
    at = int(step.events[0]["time"])
    assert step.after["deadlines"] == {"maxwait:call": at + MAX_WAIT}
    assert step.after["queue"] == {"call": at}
    assert "marked" not in step.after, "nobody is available: there is nothing to match"


async def test_all_that_a_contact_can_have(seed: Seed) -> None:
    keys = (
        QUEUE
        | NEW
        | {
            "class:CHAT|billing=1,english=2|",
            "waiting_classes:billing",
            "skill_contacts:billing",
            "skill_contacts:english",
            "attributes:call",
            "owner:pbx-1",
        }
    )
    async with changes(seed, keys, "CONTACT_ENQUEUED") as step:
        contact = await seed.enqueue(
            "call",
            {"english": 2, "billing": 1},
            channel="CHAT",
            priority=9,
            attributes={"from": "+41 31", "Ä": ""},
            owner="pbx-1",
            owner_lease=60 * SECOND,
        )
    at = int(step.events[0]["time"])
    assert dict(contact.attributes) == {"from": "+41 31", "Ä": ""}
    assert step.after["queue"] == {"call": at - 9 * 10**14}
    assert step.after["deadlines"]["owner:pbx-1"] == at + 60 * SECOND
    assert step.events[0]["attributes"] == '{"from": "+41 31", "Ä": ""}'


async def test_an_available_agent_marks_the_new_class_and_a_walk_begins(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 5})
    class_keys = {"class:VOICE|billing=3|", "waiting_classes:billing", "skill_contacts:billing"}
    async with changes(seed, QUEUE | NEW | class_keys | {"marked", "walks"}, "CONTACT_ENQUEUED"):
        await seed.enqueue("call", {"billing": 3})


async def test_a_contact_that_joins_a_class_walks_nothing(seed: Seed) -> None:
    await seed.enqueue("first")
    await seed.agent("ann")
    keys = NEW | {"queue", "class:VOICE||", "deadlines", "clock", "events"}
    async with changes(seed, keys, "CONTACT_ENQUEUED"):
        await seed.enqueue("call")
    async with changes(
        seed, {key.replace(":call", ":urgent") for key in keys} | {"heads", "marked"}, "CONTACT_ENQUEUED"
    ):
        await seed.enqueue("urgent", priority=1)


async def test_without_a_lease_the_owners_stands(seed: Seed) -> None:
    await seed.enqueue("first", owner="pbx-1", owner_lease=60 * SECOND)
    before = await seed.command("ZSCORE", "@deadlines", "owner:pbx-1")
    await seed.enqueue("call", owner="pbx-1")
    assert await seed.command("ZSCORE", "@deadlines", "owner:pbx-1") == before


async def test_it_may_be_replayed(seed: Seed) -> None:
    first = await replays(seed, lambda request: seed.enqueue("call", attributes={"a": "b"}, request=request))
    await seed.abandon()
    again = await replays(seed, lambda request: seed.enqueue("call", attributes={"a": "b"}, request=request))
    assert again == first


async def test_refusals(seed: Seed) -> None:
    center = f"centers/{seed.center}"
    await refuses(
        seed, lambda r: seed.enqueue("call", {"golf": 1}, request=r), "RESOURCE_NOT_FOUND", name=f"{center}/skills/golf"
    )
    await seed.enqueue("call")
    await refuses(seed, lambda r: seed.enqueue("call", request=r), "RESOURCE_EXISTS", name=f"{center}/contacts/call")
    await seed.abandon()
    await refuses(seed, lambda r: seed.enqueue("call", request=r), "RESOURCE_EXISTS")
    await seed.store.skills.delete_skill(seed.center, "sales", force=False, request=None)
    await refuses(
        seed, lambda r: seed.enqueue("new", {"sales": 1}, request=r), "SKILL_DELETING", name=f"{center}/skills/sales"
    )
    await seed.store.centers.close_center(seed.center, expire_waiting=False, request=None)
    await refuses(seed, lambda r: seed.enqueue("new", request=r), "CENTER_CLOSED", name=center)
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda r: ghost.enqueue("call", request=r), "RESOURCE_NOT_FOUND", name="centers/ghost")


@pytest.fixture
async def small(seed: Seed, store_url: str, cell: Cell) -> AsyncIterator[Seed]:
    """The same center through a store with small limits."""
    store = await Store.open(store_url, documents=cell.documents, clock="virtual", max_waiting=4, max_classes=2)
    yield Seed(store, seed.center)
    await store.close()


async def test_limits_refuse_new_contacts_only(small: Seed) -> None:
    await small.agent("ann")
    await small.enqueue("first")
    await small.enqueue("second", {"sales": 2, "billing": 1})
    await refuses(small, lambda r: small.enqueue("third", {"billing": 2}, request=r), "TOO_MANY_CLASSES", limit="2")
    assert await small.match() == [("first", 1, "ann")]
    await small.enqueue("third", {"english": 1})
    await small.decline("first")  # barred from ann: a third class, by a move
    await small.enqueue("fourth", {"billing": 1, "sales": 2})
    await refuses(small, lambda r: small.enqueue("fifth", {"english": 1}, request=r), "QUEUE_FULL", limit="4")
    await small.abandon("fourth")
    await refuses(small, lambda r: small.enqueue("fifth", {"english": 2}, request=r), "TOO_MANY_CLASSES", limit="2")
    await small.enqueue("fifth", {"english": 1})


async def test_ids_with_every_legal_character(seed: Seed) -> None:
    name = "a.b_c@d+e-F" + "x" * 116 + "9"
    async with changes(
        seed,
        {key.replace(":call", f":{name}") for key in QUEUE | NEW} | {"class:VOICE||", "waiting_classes"},
        "CONTACT_ENQUEUED",
    ) as step:
        await seed.enqueue(name)
    assert document(step.after, f"contact:{name}")["id"] == name


async def test_a_consultation_with_a_named_agent(seed: Seed) -> None:
    await seed.active("parent", "ann")
    await seed.agent("ben")
    found = await seed.enqueue("consult", {"sales": 9}, plan={"target": "ben", "wait": SECOND, "parent": "parent"})
    assert found.parent_contact == f"centers/{seed.center}/contacts/parent"
    assert found.target_agent == f"centers/{seed.center}/agents/ben"
    assert await seed.match() == [("consult", 1, "ben")]
    assert (await seed.store.contacts.get_contact(seed.center, "parent")).state == contact_pb2.CONTACT_STATE_ACTIVE


async def test_of_whom_and_about_what_one_may_ask(seed: Seed) -> None:
    async def ask(request: RequestKey | None, **plan: str | int) -> contact_pb2.Contact:
        return await seed.enqueue("consult", plan=plan, request=request)

    await refuses(seed, lambda r: ask(r, target="gone", wait=1), "RESOURCE_NOT_FOUND")
    await seed.agent("off", presence="OFFLINE")
    await refuses(seed, lambda r: ask(r, target="off", wait=1), "WRONG_STATE", state="OFFLINE")
    await refuses(seed, lambda r: ask(r, parent="gone"), "RESOURCE_NOT_FOUND")
    await seed.enqueue("parent")
    await seed.abandon("parent")
    await refuses(seed, lambda r: ask(r, parent="parent"), "WRONG_STATE", state="ABANDONED")
