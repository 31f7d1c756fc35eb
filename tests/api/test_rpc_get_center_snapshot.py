from acd.v1.agent_pb2 import PRESENCE_NOT_READY
from acd.v1.assignment_feed_pb2 import WatchRequest, WatchResponse
from acd.v1.center_pb2 import AgentCounts, WaitingClass
from acd.v1.center_service_pb2 import GetCenterSnapshotRequest, GetCenterSnapshotResponse
from acd.v1.contact_pb2 import CHANNEL_VOICE, SkillRequirement
from acd.v1.event_pb2 import EVENT_TYPE_CONTACT_ENQUEUED
from tests.api.harness import Api, Bank


async def snapshot(bank: Bank) -> GetCenterSnapshotResponse:
    return await bank.api.centers.GetCenterSnapshot(GetCenterSnapshotRequest(name=bank.name))


async def test_an_empty_center(bank: Bank) -> None:
    found = await snapshot(bank)
    assert found.center == await bank.get()
    assert (found.waiting_count, found.offered_count, found.active_count, found.wrap_up_count) == (0, 0, 0, 0)
    assert not found.HasField("oldest_enqueue_time")
    assert found.agents == AgentCounts()
    assert list(found.waiting) == []


async def test_waiting_contacts_by_requirement_the_best_rank_first(bank: Bank) -> None:
    await bank.skill("billing", "cards")
    first = await bank.contact("c1", billing=2)
    await bank.contact("c2", billing=2)
    urgent = await bank.contact("c3", priority=9, cards=1)
    found = await snapshot(bank)
    assert list(found.waiting) == [
        WaitingClass(
            channel=CHANNEL_VOICE,
            required_skills=[SkillRequirement(skill_id="cards", min_level=1)],
            waiting=1,
            head_enqueue_time=urgent.enqueue_time,
        ),
        WaitingClass(
            channel=CHANNEL_VOICE,
            required_skills=[SkillRequirement(skill_id="billing", min_level=2)],
            waiting=2,
            head_enqueue_time=first.enqueue_time,
        ),
    ]
    assert found.waiting_count == 3
    assert found.oldest_enqueue_time == first.enqueue_time
    assert found.snapshot_time.ToNanoseconds() > urgent.enqueue_time.ToNanoseconds()


async def test_agents_by_presence_and_activity(bank: Bank) -> None:
    await bank.policy(wrap_up_time=60)
    await bank.completed("c1", "wrap")
    await bank.active("c2", "busy")
    await bank.offered("c3", "reserved")
    await bank.agent("idle")
    await bank.agent("lunch")
    await bank.set_state(PRESENCE_NOT_READY, "lunch", agent="lunch")
    await bank.agent("away", available=False)
    found = await snapshot(bank)
    assert found.agents == AgentCounts(offline=1, not_ready=1, available=4, idle=2, reserved=1, busy=1, wrap_up=1)
    assert (found.waiting_count, found.offered_count, found.active_count, found.wrap_up_count) == (0, 1, 1, 1)


async def test_the_token_is_of_this_moment(bank: Bank) -> None:
    await bank.contact("before")
    token = (await snapshot(bank)).resume_token
    await bank.contact("after")
    feed = bank.api.feed.Watch(WatchRequest(parent=bank.name, resume_token=token))
    response = await feed.read()
    feed.cancel()
    assert isinstance(response, WatchResponse)
    assert response.event.type == EVENT_TYPE_CONTACT_ENQUEUED
    assert response.event.contact.name == bank.contact_name("after")


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = GetCenterSnapshotRequest(name="centers/nowhere")
    await api.refused("RESOURCE_NOT_FOUND", api.centers.GetCenterSnapshot, request)


async def test_bad_input(api: Api) -> None:
    request = GetCenterSnapshotRequest(name="centers/")
    refused = await api.refused("INVALID_FIELD", api.centers.GetCenterSnapshot, request)
    assert refused.fields == ["name"]
