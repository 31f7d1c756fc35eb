import json

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1.calendar_pb2 import Calendar, CalendarException, Hours, WeeklyHours
from acd.v1.center_pb2 import (
    STRATEGY_BEST_FIT,
    STRATEGY_LEAST_LOADED,
    STRATEGY_LEAST_SKILLED,
    STRATEGY_LONGEST_AVAILABLE,
    STRATEGY_ROUND_ROBIN,
    STRATEGY_UNSPECIFIED,
    WAITING_ACTION_EXPIRE,
    WAITING_ACTION_KEEP,
    WRAP_UP_MODE_NONE,
    WRAP_UP_MODE_UNTIL_FINISHED,
    Center,
    CenterPolicy,
    ChannelWrapUp,
    Strategy,
)
from acd.v1.center_service_pb2 import CloseCenterRequest, CreateCenterRequest, OpenCenterRequest, UpdateCenterRequest
from acd.v1.contact_pb2 import CHANNEL_EMAIL, CHANNEL_VOICE
from acd_server.policy import FIELDS, Number, Span
from acd_server.validation.centers import (
    validate_close_center,
    validate_create_center,
    validate_open_center,
    validate_update_center,
)
from tests.api.violations import invalid, message, span

DEFAULTS = {
    "offer_timeout": 15_000_000,
    "auto_accept": False,
    "wrap_up_time": 0,
    "max_wait": 86_400_000_000,
    "max_active": 43_200_000_000,
    "retention": 3_600_000_000,
    "service_level_threshold": 20_000_000,
    "retry_delay": 5_000_000,
    "max_missed_offers": 1,
    "missed_retry_delay": "",
    "max_offers": 0,
    "not_ready_reasons": "[]",
    "agent_lease": 30_000_000,
    "wrap_up_mode": "",
    "wrap_up_limit": 3_600_000_000,
    "channel_wrap_up": "{}",
    "priority_rule": "STRICT",
    "head_start": 60_000_000,
    "preferred_wait": 30_000_000,
    "strategy": "LONGEST_AVAILABLE",
    "agent_capacity": 100,
    "channel_capacity": "{}",
    "max_waiting": 0,
    "max_class_waiting": 0,
    "overflow_rules": "[]",
}
DURATIONS = [field for field, kind in FIELDS.items() if isinstance(kind, Span)]
MAY_BE_ZERO = {"wrap_up_time", "retry_delay", "missed_retry_delay"}


def create(policy: CenterPolicy | None = None, display_name: str = "", center_id: str = "bank") -> CreateCenterRequest:
    return CreateCenterRequest(center_id=center_id, center=Center(display_name=display_name, policy=policy))


def update(*paths: str, policy: CenterPolicy | None = None, display_name: str = "") -> UpdateCenterRequest:
    center = Center(name="centers/bank", display_name=display_name, policy=policy)
    return UpdateCenterRequest(center=center, update_mask=FieldMask(paths=paths))


def test_a_new_center_gets_the_documented_defaults() -> None:
    asked = validate_create_center(CreateCenterRequest(center_id="bank"))
    assert (asked.center, asked.display_name, asked.policy) == ("bank", "", DEFAULTS)


def test_given_durations_become_microseconds() -> None:
    policy = CenterPolicy(offer_timeout=span(0.01), max_wait=span(2592000), auto_accept=True)
    asked = validate_create_center(create(policy, "Bank"))
    assert asked.policy == DEFAULTS | {"offer_timeout": 10_000, "max_wait": 2_592_000_000_000, "auto_accept": True}
    assert asked.display_name == "Bank"


@pytest.mark.parametrize("field", DURATIONS)
@pytest.mark.parametrize(
    "duration",
    [
        Duration(nanos=9_999_999),
        Duration(seconds=-1),
        Duration(seconds=-1, nanos=999_999_999),
        Duration(seconds=30 * 86_400, nanos=1_000),
        Duration(seconds=1, nanos=-1),
        Duration(seconds=1, nanos=1_000_000_000),
        Duration(seconds=2**63 - 1),
    ],
)
def test_a_duration_out_of_bounds_is_refused(field: str, duration: Duration) -> None:
    if field in MAY_BE_ZERO and duration == Duration(nanos=9_999_999):
        duration = Duration(nanos=-1)
    assert invalid(validate_create_center, create(message(CenterPolicy, **{field: duration}))) == [
        f"center.policy.{field}"
    ]


@pytest.mark.parametrize("field", DURATIONS)
def test_zero_is_a_duration_only_where_it_means_none(field: str) -> None:
    request = create(message(CenterPolicy, **{field: Duration()}))
    if field in MAY_BE_ZERO:
        assert validate_create_center(request).policy[field] == 0
    else:
        assert invalid(validate_create_center, request) == [f"center.policy.{field}"]


@pytest.mark.parametrize("field", [field for field, kind in FIELDS.items() if isinstance(kind, Number)])
def test_a_number_has_bounds(field: str) -> None:
    kind = FIELDS[field]
    assert isinstance(kind, Number)
    for good in (kind.low, kind.high):
        policy = message(CenterPolicy, **{field: good})
        assert validate_create_center(create(policy)).policy[field] == good
        assert validate_update_center(update(policy=policy)).changes == {field: good}
    for bad in (kind.low - 1, kind.high + 1):
        assert invalid(validate_create_center, create(message(CenterPolicy, **{field: bad}))) == [
            f"center.policy.{field}"
        ]


def test_reasons_are_lines_each_once() -> None:
    asked = validate_create_center(create(CenterPolicy(not_ready_reasons=["lunch", "Müdigkeit"])))
    assert asked.policy["not_ready_reasons"] == '["lunch", "Müdigkeit"]'
    for wrong in ("", " ", "x" * 65, "two\nlines"):
        policy = CenterPolicy(not_ready_reasons=["lunch", wrong])
        assert invalid(validate_create_center, create(policy)) == ["center.policy.not_ready_reasons[1]"]
    twice = CenterPolicy(not_ready_reasons=["lunch", "lunch"])
    assert invalid(validate_create_center, create(twice)) == ["center.policy.not_ready_reasons[1]"]
    many = CenterPolicy(not_ready_reasons=[str(number) for number in range(65)])
    assert invalid(validate_create_center, create(many)) == ["center.policy.not_ready_reasons"]


def test_wrap_up_by_channel() -> None:
    rules = [
        ChannelWrapUp(channel=CHANNEL_VOICE, wrap_up_time=span(30), wrap_up_limit=span(60)),
        ChannelWrapUp(channel=CHANNEL_EMAIL, mode=WRAP_UP_MODE_NONE),
    ]
    policy = CenterPolicy(channel_wrap_up=rules, wrap_up_mode=WRAP_UP_MODE_UNTIL_FINISHED)
    asked = validate_create_center(create(policy)).policy
    assert asked["wrap_up_mode"] == "UNTIL_FINISHED"
    assert json.loads(str(asked["channel_wrap_up"])) == {
        "VOICE": {"mode": "", "time": 30_000_000, "limit": 60_000_000},
        "EMAIL": {"mode": "NONE", "time": 0},
    }
    wrong = [
        ChannelWrapUp(channel=CHANNEL_VOICE, wrap_up_time=span(-1), wrap_up_limit=span(0)),
        message(ChannelWrapUp, channel=CHANNEL_VOICE, mode=9),
        ChannelWrapUp(),
    ]
    path = "center.policy.channel_wrap_up"
    assert invalid(validate_create_center, create(CenterPolicy(channel_wrap_up=wrong))) == [
        f"{path}[0].wrap_up_time",
        f"{path}[0].wrap_up_limit",
        f"{path}[1].channel",
        f"{path}[1].mode",
        f"{path}[2].channel",
    ]


def test_every_violation_is_named_at_once() -> None:
    request = CreateCenterRequest(
        center_id="No Slug",
        center=Center(
            display_name="x" * 129,
            policy=CenterPolicy(offer_timeout=Duration(), strategy=99, priority_rule=9),  # type: ignore[arg-type]  # not in the enum
        ),
        request_id="7",
    )
    assert invalid(validate_create_center, request) == [
        "center_id",
        "center.display_name",
        "center.policy.offer_timeout",
        "center.policy.priority_rule",
        "center.policy.strategy",
        "request_id",
    ]


@pytest.mark.parametrize("name", ["tab\there", "nul\0", "line\nend", "\x1b[31mred", "\x85", "\u2028"])
def test_a_display_name_is_one_line_of_text(name: str) -> None:
    assert invalid(validate_create_center, create(display_name=name)) == ["center.display_name"]


@pytest.mark.parametrize("name", ["Zürich 🏦", "کال‌سنتر", "x" * 128, "𝄞" * 128])
def test_a_display_name_is_in_any_language(name: str) -> None:
    assert validate_create_center(create(display_name=name)).display_name == name


@pytest.mark.parametrize(
    ("strategy", "name"),
    [
        (STRATEGY_UNSPECIFIED, "LONGEST_AVAILABLE"),
        (STRATEGY_LONGEST_AVAILABLE, "LONGEST_AVAILABLE"),
        (STRATEGY_LEAST_LOADED, "LEAST_LOADED"),
        (STRATEGY_BEST_FIT, "BEST_FIT"),
        (STRATEGY_LEAST_SKILLED, "LEAST_SKILLED"),
        (STRATEGY_ROUND_ROBIN, "ROUND_ROBIN"),
    ],
)
def test_strategies(strategy: Strategy.ValueType, name: str) -> None:
    policy = CenterPolicy(strategy=strategy)
    assert validate_create_center(create(policy)).policy == {**DEFAULTS, "strategy": name}
    assert validate_update_center(update("policy.strategy", policy=policy)).changes == {"strategy": name}


def test_name_and_output_only_fields_are_ignored_on_creation() -> None:
    request = CreateCenterRequest(center_id="bank", center=Center(name="centers/other", state=2, sequence=7))  # type: ignore[arg-type]  # a number will do
    assert validate_create_center(request).center == "bank"


class TestUpdateMask:
    def test_without_a_mask_what_is_set_changes(self) -> None:
        policy = CenterPolicy(wrap_up_time=span(0), auto_accept=True)
        changes = validate_update_center(update(policy=policy)).changes
        assert changes == {"wrap_up_time": 0, "auto_accept": True}

    def test_without_a_mask_false_is_not_set(self) -> None:
        assert validate_update_center(update(policy=CenterPolicy(auto_accept=False))).changes == {}

    def test_one_field_of_the_policy(self) -> None:
        policy = CenterPolicy(auto_accept=False, max_wait=span(9))
        assert validate_update_center(update("policy.auto_accept", policy=policy)).changes == {"auto_accept": False}

    def test_a_named_field_that_is_unset_gets_its_default(self) -> None:
        changes = validate_update_center(update("policy.offer_timeout", "display_name")).changes
        assert changes == {"offer_timeout": 15_000_000, "display_name": ""}

    def test_the_whole_policy(self) -> None:
        changes = validate_update_center(update("policy", policy=CenterPolicy(retry_delay=span(0)))).changes
        assert changes == DEFAULTS | {"retry_delay": 0}

    def test_a_star_is_everything(self) -> None:
        changes = validate_update_center(update("*", display_name="B")).changes
        assert changes == DEFAULTS | {"display_name": "B", "calendar": "", "calendar_expires": False}

    @pytest.mark.parametrize("path", ["state", "name", "policy.", "policy.x", "displayName", "", "display_name.x"])
    def test_an_unknown_path_is_refused(self, path: str) -> None:
        assert invalid(validate_update_center, update("display_name", path)) == ["update_mask"]

    def test_a_field_outside_of_the_mask_is_not_looked_at(self) -> None:
        request = update("policy.max_wait", policy=CenterPolicy(offer_timeout=Duration()), display_name="\0")
        assert validate_update_center(request).changes == {"max_wait": 86_400_000_000}


def test_closing() -> None:
    assert not validate_close_center(CloseCenterRequest(name="centers/bank")).expire_waiting
    assert not validate_close_center(
        CloseCenterRequest(name="centers/bank", waiting=WAITING_ACTION_KEEP)
    ).expire_waiting
    assert validate_close_center(CloseCenterRequest(name="centers/bank", waiting=WAITING_ACTION_EXPIRE)).expire_waiting
    request = CloseCenterRequest(name="centers/bank", waiting=3)  # type: ignore[arg-type]  # not in the enum
    assert invalid(validate_close_center, request) == ["waiting"]


def test_opening() -> None:
    assert validate_open_center(OpenCenterRequest(name="centers/bank", make_available=True)).make_available
    assert invalid(validate_open_center, OpenCenterRequest(name="bank")) == ["name"]


def hours(days: list[int], start: str = "09:00", end: str = "17:30") -> WeeklyHours:
    return message(WeeklyHours, days=days, open=start, close=end)


def test_a_calendar() -> None:
    given = Calendar(
        time_zone="Europe/Prague",
        weekly_hours=[hours([5, 1, 1]), hours([6], "00:00", "24:00")],
        exceptions=[
            CalendarException(date="2026-12-25"),
            CalendarException(date="2026-12-31", hours=[Hours(open="09:00", close="12:00")]),
        ],
        expire_waiting=True,
    )
    kept = {
        "time_zone": "Europe/Prague",
        "weekly": [[[1, 5], 540, 1050], [[6], 0, 1440]],
        "exceptions": {"2026-12-25": [], "2026-12-31": [[540, 720]]},
        "expire_waiting": True,
    }
    request = CreateCenterRequest(center_id="bank", center=Center(calendar=given))
    assert json.loads(validate_create_center(request).calendar) == kept
    changed = UpdateCenterRequest(center=Center(name="centers/bank", calendar=given))
    changes = validate_update_center(changed).changes
    assert json.loads(str(changes["calendar"])) == kept
    assert changes["calendar_expires"] is True
    assert validate_update_center(update("calendar")).changes == {"calendar": "", "calendar_expires": False}
    assert validate_create_center(create()).calendar == ""


def test_a_calendar_that_is_wrong() -> None:
    wrong = Calendar(
        time_zone="Prague",
        weekly_hours=[
            hours([], "9:00"),
            hours([0, 8], "24:00"),
            hours([1], "09:00", "09:00"),
            hours([1], "09:00", "24:01"),
        ],
        exceptions=[
            CalendarException(date="2026-02-30", hours=[Hours()] * 11),
            CalendarException(date="2026-12-24"),
            CalendarException(date="2026-12-24"),
        ],
    )
    path = "center.calendar"
    found = invalid(validate_create_center, CreateCenterRequest(center_id="bank", center=Center(calendar=wrong)))
    assert found[:8] == [
        f"{path}.time_zone",
        f"{path}.weekly_hours[0].days",
        f"{path}.weekly_hours[0].open",
        f"{path}.weekly_hours[1].days",
        f"{path}.weekly_hours[1].days",
        f"{path}.weekly_hours[1].open",
        f"{path}.weekly_hours[2].close",
        f"{path}.weekly_hours[3].close",
    ]
    assert found[8:10] == [f"{path}.exceptions[0].date", f"{path}.exceptions[0].hours"]
    many = Calendar(time_zone="UTC", weekly_hours=[hours([1])] * 101, exceptions=[CalendarException()] * 401)
    found = invalid(validate_create_center, CreateCenterRequest(center_id="bank", center=Center(calendar=many)))
    assert found[:2] == [f"{path}.weekly_hours", f"{path}.exceptions"]
