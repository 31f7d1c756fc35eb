"""What the checker says of histories that are made up."""

from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import contact_pb2 as contacts
from acd.v1 import event_pb2 as events
from acd.v1.contact_pb2 import Assignment, AssignmentState
from acd.v1.event_pb2 import Event
from tests.campaign.bugs import NAMES, SCRIPTS
from tests.campaign.checker import LATE, Stuck, Window, stuck, uncovered
from tests.support.swapped import LUA

NAME = "centers/bank/contacts/c1/assignments/1"
OFFERED, ACTIVE = contacts.ASSIGNMENT_STATE_OFFERED, contacts.ASSIGNMENT_STATE_ACTIVE
WRAP_UP, COMPLETED = contacts.ASSIGNMENT_STATE_WRAP_UP, contacts.ASSIGNMENT_STATE_COMPLETED


def at(micros: int) -> Timestamp:
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1000)


def event(time: int, state: AssignmentState.ValueType, due: int | None = None) -> Event:
    assignment = Assignment(name=NAME, state=state, deadline=None if due is None else at(due))
    return Event(type=events.EVENT_TYPE_CONTACT_OFFERED, event_time=at(time), assignment=assignment)


def other(time: int) -> Event:
    return Event(type=events.EVENT_TYPE_AGENT_UPDATED, event_time=at(time))


def test_what_no_window_covers_is_left() -> None:
    whole = Window(100, 200)
    assert uncovered(whole, []) == 100
    assert uncovered(whole, [Window(150, 160), Window(90, 110), Window(155, 170), Window(195, 300)]) == 65
    assert uncovered(whole, [Window(0, 50), Window(210, 220)]) == 100
    assert uncovered(whole, [Window(0, 500)]) == 0


def test_a_state_that_ends_in_time_is_not_stuck() -> None:
    assert stuck([event(0, OFFERED, 100), event(100 + LATE, ACTIVE)], []) == []


def test_a_state_that_ends_late_is_stuck() -> None:
    late = [event(0, WRAP_UP, 100), event(101 + LATE, COMPLETED)]
    assert stuck(late, []) == [Stuck(NAME, "wrap-up", LATE + 1)]


def test_a_state_that_never_ends_is_stuck_when_the_history_goes_on_for_long_enough() -> None:
    assert stuck([event(0, OFFERED, 100), other(100 + LATE)], []) == []
    assert stuck([event(0, OFFERED, 100), other(101 + LATE)], []) == [Stuck(NAME, "offer", LATE + 1)]


def test_what_is_late_through_a_fault_is_not_stuck() -> None:
    late = [event(0, OFFERED, 100), event(101 + LATE, ACTIVE)]
    assert stuck(late, [Window(50, 100)]) == []
    assert stuck(late, [Window(101 + LATE, 200 + LATE)]) == []
    assert stuck(late, [Window(0, 99), Window(102 + LATE, 200 + LATE)]) == [Stuck(NAME, "offer", LATE + 1)]


def test_every_bug_of_a_script_is_where_it_says() -> None:
    for bug in SCRIPTS.values():
        assert bug.right in (LUA / bug.file).read_text(encoding="utf-8")
        assert bug.right != bug.wrong
    assert len(NAMES) >= 16
