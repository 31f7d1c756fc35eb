import pytest
from google.protobuf.duration_pb2 import Duration

from acd.v1.assignment_feed_pb2 import WatchRequest
from acd.v1.dispatch_service_pb2 import FireDeadlinesRequest, MatchContactsRequest, WatchWorkRequest
from acd_server.validation import validate_fire, validate_match, validate_watch, validate_watch_work
from tests.api.violations import invalid, span

PARENT = "centers/bank"


def test_a_whole_center() -> None:
    watch = validate_watch(WatchRequest(parent=PARENT, resume_token="t"))
    assert (watch.center, watch.agent, watch.skill_ids, watch.owner) == ("bank", "", frozenset(), "")
    assert (watch.resume_token, watch.checkpoint_interval_s) == ("t", 0.0)


def test_each_filter() -> None:
    assert validate_watch(WatchRequest(parent=PARENT, agent="centers/bank/agents/ada")).agent == "ada"
    assert validate_watch(WatchRequest(parent=PARENT, skill_ids=["b", "a"])).skill_ids == {"a", "b"}
    assert validate_watch(WatchRequest(parent=PARENT, owner="edge-1")).owner == "edge-1"


def test_a_lease_is_of_an_agent() -> None:
    agent = "centers/bank/agents/ada"
    assert validate_watch(WatchRequest(parent=PARENT, agent=agent, keep_lease=True)).keep_lease
    assert invalid(validate_watch, WatchRequest(parent=PARENT, owner="edge-1", keep_lease=True)) == ["keep_lease"]


def test_one_filter_at_most() -> None:
    request = WatchRequest(parent=PARENT, agent="centers/bank/agents/ada", skill_ids=["a"], owner="edge-1")
    assert invalid(validate_watch, request) == ["skill_ids"]


def test_an_agent_of_another_center() -> None:
    assert invalid(validate_watch, WatchRequest(parent=PARENT, agent="centers/shop/agents/ada")) == ["agent"]


def test_wrong_filters() -> None:
    assert invalid(validate_watch, WatchRequest(parent="", agent="ada")) == ["parent", "agent"]
    assert invalid(validate_watch, WatchRequest(parent=PARENT, skill_ids=["a", "B"])) == ["skill_ids[1]"]
    assert invalid(validate_watch, WatchRequest(parent=PARENT, skill_ids=["a"] * 65)) == ["skill_ids"]
    assert invalid(validate_watch, WatchRequest(parent=PARENT, owner="{x}")) == ["owner"]


@pytest.mark.parametrize(("given", "seconds"), [(100, 0.1), (60_000, 60.0)])
def test_the_checkpoint_interval(given: int, seconds: float) -> None:
    interval = span(given / 1000)
    watch = validate_watch(WatchRequest(parent=PARENT, checkpoint_interval=interval))
    assert watch.checkpoint_interval_s == pytest.approx(seconds)


@pytest.mark.parametrize("interval", [Duration(), Duration(nanos=99_999_999), Duration(seconds=60, nanos=1000)])
def test_the_checkpoint_interval_out_of_bounds(interval: Duration) -> None:
    request = WatchRequest(parent=PARENT, checkpoint_interval=interval)
    assert invalid(validate_watch, request) == ["checkpoint_interval"]


@pytest.mark.parametrize(("given", "used"), [(0, 16), (1, 1), (32, 32), (33, 32), (2**31 - 1, 32)])
def test_pairs(given: int, used: int) -> None:
    assert validate_match(MatchContactsRequest(parent=PARENT, max_pairs=given)) == ("bank", used)


@pytest.mark.parametrize(("given", "used"), [(0, 16), (1, 1), (32, 32), (33, 32)])
def test_deadlines(given: int, used: int) -> None:
    assert validate_fire(FireDeadlinesRequest(parent=PARENT, max_count=given)) == ("bank", used)


def test_wrong_counts_and_parents() -> None:
    assert invalid(validate_match, MatchContactsRequest(max_pairs=-1)) == ["parent", "max_pairs"]
    assert invalid(validate_fire, FireDeadlinesRequest(max_count=-1)) == ["parent", "max_count"]


def test_work_of_one_or_of_all() -> None:
    assert validate_watch_work(WatchWorkRequest()) == ""
    assert validate_watch_work(WatchWorkRequest(center="centers/bank")) == "bank"
    assert invalid(validate_watch_work, WatchWorkRequest(center="bank")) == ["center"]
