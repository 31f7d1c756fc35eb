from datetime import timedelta

from acd.v1.center_pb2 import (
    CENTER_STATE_OPEN,
    PRIORITY_RULE_HEAD_START,
    PRIORITY_RULE_STRICT,
    STRATEGY_LONGEST_AVAILABLE,
    Center,
    CenterPolicy,
)
from acd.v1.center_service_pb2 import CreateCenterRequest, GetCenterRequest
from tests.api.harness import Api, Bank
from tests.api.violations import message, span


async def test_a_center_is_open_and_has_the_documented_policy(api: Api) -> None:
    request = CreateCenterRequest(center_id="bank", center=Center(display_name="Bank 🏦"))
    center = (await api.centers.CreateCenter(request)).center
    assert (center.name, center.display_name, center.state) == ("centers/bank", "Bank 🏦", CENTER_STATE_OPEN)
    policy = center.policy
    assert (policy.priority_rule, policy.strategy) == (PRIORITY_RULE_STRICT, STRATEGY_LONGEST_AVAILABLE)
    assert policy == message(
        CenterPolicy,
        offer_timeout=timedelta(seconds=15),
        wrap_up_time=timedelta(),
        max_wait=timedelta(hours=24),
        max_active=timedelta(hours=12),
        retention=timedelta(hours=1),
        service_level_threshold=timedelta(seconds=20),
        retry_delay=timedelta(seconds=5),
        max_missed_offers=1,
        max_offers=0,
        max_waiting=0,
        max_class_waiting=0,
        preferred_wait=timedelta(seconds=30),
        agent_lease=timedelta(seconds=30),
        wrap_up_limit=timedelta(hours=1),
        head_start=timedelta(seconds=60),
        agent_capacity=100,
        priority_rule=PRIORITY_RULE_STRICT,
        strategy=STRATEGY_LONGEST_AVAILABLE,
    )
    assert center.sequence == 1
    assert center.create_time == center.update_time
    assert (await api.centers.GetCenter(GetCenterRequest(name="centers/bank"))).center == center


async def test_a_policy_of_ones_own(api: Api) -> None:
    policy = CenterPolicy(auto_accept=True, offer_timeout=span(0.01), max_wait=span(30 * 86_400))
    request = CreateCenterRequest(center_id="bank", center=Center(policy=policy))
    created = (await api.centers.CreateCenter(request)).center.policy
    assert created.auto_accept
    assert created.offer_timeout == span(0.01)
    assert created.max_wait == span(30 * 86_400)


async def test_a_second_center_of_the_same_id(api: Api, bank: Bank) -> None:
    refused = await api.refused("RESOURCE_EXISTS", api.centers.CreateCenter, CreateCenterRequest(center_id=bank.id))
    assert refused.metadata == {"name": bank.name}


async def test_repeating(api: Api) -> None:
    request = CreateCenterRequest(center_id="bank", center=Center(display_name="Bank"))
    other = CreateCenterRequest(center_id="bank", center=Center(display_name="Other"))
    reply = await api.repeated(api.centers.CreateCenter, request, other)
    assert reply.center.display_name == "Bank"


async def test_bad_input(api: Api) -> None:
    request = CreateCenterRequest(center_id="{bank}", center=Center(display_name="\0"), request_id="1")
    refused = await api.refused("INVALID_FIELD", api.centers.CreateCenter, request)
    assert refused.fields == ["center_id", "center.display_name", "request_id"]


async def test_a_rule_of_order(api: Api) -> None:
    policy = CenterPolicy(priority_rule=PRIORITY_RULE_HEAD_START, head_start=span(10))
    request = CreateCenterRequest(center_id="bank", center=Center(policy=policy))
    created = (await api.centers.CreateCenter(request)).center.policy
    assert (created.priority_rule, created.head_start) == (PRIORITY_RULE_HEAD_START, span(10))
