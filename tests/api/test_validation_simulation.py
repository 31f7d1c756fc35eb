from collections.abc import Callable

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1.simulation_service_pb2 import AdvanceClockRequest
from acd_server.validation.simulation import Advance, validate_advance_clock
from tests.api.violations import invalid

NAME = "centers/bank"
LAST = 7_258_118_399  # the last second before the year 2200


def request(until: Timestamp, seen_sequence: int = 0) -> AdvanceClockRequest:
    return AdvanceClockRequest(name=NAME, until=until, seen_sequence=seen_sequence)


@pytest.mark.parametrize(
    ("until", "latest"),
    [
        (Timestamp(), 0),
        (Timestamp(seconds=1, nanos=1_999), 1_000_001),
        (Timestamp(seconds=LAST, nanos=999_999_999), LAST * 1_000_000 + 999_999),
    ],
)
def test_times(until: Timestamp, latest: int) -> None:
    assert validate_advance_clock(request(until, 7)) == Advance("bank", latest, 7)


@pytest.mark.parametrize(
    "until",
    [
        Timestamp(seconds=-1),
        Timestamp(nanos=-1),
        Timestamp(nanos=1_000_000_000),
        Timestamp(seconds=LAST + 1),
        Timestamp(seconds=2**63 - 1),
    ],
)
def test_times_out_of_bounds(until: Timestamp) -> None:
    assert invalid(validate_advance_clock, request(until)) == ["until"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: AdvanceClockRequest(name=NAME), ["until"]),
        (lambda: AdvanceClockRequest(name="bank", until=Timestamp()), ["name"]),
        (lambda: request(Timestamp(), -1), ["seen_sequence"]),
        (lambda: AdvanceClockRequest(seen_sequence=-1), ["name", "until", "seen_sequence"]),
    ],
)
def test_wrong_fields(wrong: Callable[[], AdvanceClockRequest], field: list[str]) -> None:
    assert invalid(validate_advance_clock, wrong()) == field
