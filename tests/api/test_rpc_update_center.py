from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1.calendar_pb2 import Calendar
from acd.v1.center_pb2 import CENTER_STATE_CLOSED, STRATEGY_BEST_FIT, STRATEGY_LONGEST_AVAILABLE, Center, CenterPolicy
from acd.v1.center_service_pb2 import UpdateCenterRequest
from tests.api.harness import Api, Bank
from tests.api.violations import span
from tests.support.wait import wait_until


def update(bank: Bank, *paths: str, display_name: str = "", policy: CenterPolicy | None = None) -> UpdateCenterRequest:
    center = Center(name=bank.name, display_name=display_name, policy=policy)
    return UpdateCenterRequest(center=center, update_mask=FieldMask(paths=paths))


async def test_only_what_is_named_changes(api: Api, bank: Bank) -> None:
    before = await bank.get()
    policy = CenterPolicy(max_wait=span(60), offer_timeout=span(1), auto_accept=True)
    after = (await api.centers.UpdateCenter(update(bank, "policy.max_wait", display_name="New", policy=policy))).center
    assert after.policy.max_wait == span(60)
    assert after.sequence > before.sequence
    assert after.update_time.ToNanoseconds() > before.update_time.ToNanoseconds()
    assert after == await bank.get()
    after.policy.max_wait.CopyFrom(before.policy.max_wait)
    after.sequence, after.update_time.nanos = before.sequence, before.update_time.nanos
    after.update_time.seconds = before.update_time.seconds
    assert after == before


async def test_without_a_mask_what_is_set_changes(api: Api, bank: Bank) -> None:
    policy = CenterPolicy(auto_accept=True, retry_delay=span(0))
    after = (await api.centers.UpdateCenter(update(bank, display_name="New", policy=policy))).center
    assert (after.display_name, after.policy.auto_accept) == ("New", True)
    assert after.policy.retry_delay == span(0)
    assert after.policy.offer_timeout == span(15)


async def test_a_star_sets_everything_back_that_is_not_given(api: Api, bank: Bank) -> None:
    new = (await bank.get()).policy
    policy = CenterPolicy(auto_accept=True, retry_delay=span(1))
    await api.centers.UpdateCenter(update(bank, display_name="New", policy=policy))
    after = (await api.centers.UpdateCenter(update(bank, "*"))).center
    assert after.display_name == ""
    assert after.policy == new


async def test_false_can_be_set_by_name(api: Api, bank: Bank) -> None:
    await api.centers.UpdateCenter(update(bank, policy=CenterPolicy(auto_accept=True)))
    after = (await api.centers.UpdateCenter(update(bank, "policy.auto_accept"))).center
    assert not after.policy.auto_accept


async def test_names_in_every_script_survive(api: Api, bank: Bank) -> None:
    for name in ("Žižkov банк 🏦", '"quoted" \\ {"x":{}}', "%s%d", "a" * 128):
        after = (await api.centers.UpdateCenter(update(bank, display_name=name))).center
        assert after.display_name == name
        assert (await bank.get()).display_name == name


async def test_repeating(api: Api, bank: Bank) -> None:
    await api.repeated(api.centers.UpdateCenter, update(bank, display_name="A"), update(bank, display_name="B"))


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = UpdateCenterRequest(center=Center(name="centers/nowhere", display_name="x"))
    refused = await api.refused("RESOURCE_NOT_FOUND", api.centers.UpdateCenter, request)
    assert refused.metadata == {"name": "centers/nowhere"}


async def test_bad_input(api: Api, bank: Bank) -> None:
    request = update(bank, "state", policy=CenterPolicy(max_wait=span(0)))
    refused = await api.refused("INVALID_FIELD", api.centers.UpdateCenter, request)
    assert refused.fields == ["update_mask"]
    request = update(bank, policy=CenterPolicy(max_wait=span(0)), display_name="x" * 129)
    refused = await api.refused("INVALID_FIELD", api.centers.UpdateCenter, request)
    assert refused.fields == ["center.display_name", "center.policy.max_wait"]


async def test_a_strategy_and_the_default_when_it_is_unset(api: Api, bank: Bank) -> None:
    request = update(bank, policy=CenterPolicy(strategy=STRATEGY_BEST_FIT))
    assert (await api.centers.UpdateCenter(request)).center.policy.strategy == STRATEGY_BEST_FIT
    request = update(bank, "policy.strategy")
    assert (await api.centers.UpdateCenter(request)).center.policy.strategy == STRATEGY_LONGEST_AVAILABLE


async def test_a_calendar_is_obeyed_and_taken_away(api: Api, bank: Bank) -> None:
    """Closed on every day: at once, as soon as deadlines are fired."""
    closed = Calendar(time_zone="Europe/Prague")
    request = UpdateCenterRequest(center=Center(name=bank.name, calendar=closed))
    assert (await api.centers.UpdateCenter(request)).center.calendar == closed
    await wait_until(bank.fire, "the calendar is looked at")
    assert (await bank.get()).state == CENTER_STATE_CLOSED
    after = (await api.centers.UpdateCenter(update(bank, "calendar"))).center
    assert (after.HasField("calendar"), after.state) == (False, CENTER_STATE_CLOSED)


async def test_a_calendar_of_no_place(api: Api, bank: Bank) -> None:
    wrong = Center(name=bank.name, calendar=Calendar(time_zone="Atlantis"))
    refused = await api.refused("INVALID_FIELD", api.centers.UpdateCenter, UpdateCenterRequest(center=wrong))
    assert refused.fields == ["center.calendar.time_zone"]
