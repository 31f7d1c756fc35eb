"""The soak itself: a slope is found where there is one, and a router that leaks is noticed in half a minute."""

import random
from typing import Any

import pytest

from tests.soak.leaks import NAMES
from tests.soak.run import SHORT, Bounds, Plan, Soak
from tests.soak.stage import Times
from tests.soak.trend import BLOCKS, Trend, trend

TIMES = [2.0 * number for number in range(900)]
DICE = random.Random(1)
NOISE = [DICE.gauss(0.0, 1.0) for _ in TIMES]
NOTICED_BY = {
    "": "",
    "attributes stay": "keys that tell of what is over",
    "deleted agents stay in an index": "keys that tell of what is over",
    "forgotten tasks": "server tasks at rest",
    "kept replies": "server memory, MiB",
}
"""The check that must notice a leak; "" for the router as it is."""


def test_a_straight_line_is_its_own_slope() -> None:
    found = trend(TIMES, [100.0 + at / 3600 for at in TIMES])
    assert found.slope == pytest.approx(1.0, rel=0.01)
    assert found.within < 0.001


def test_what_happens_in_the_first_half_does_not_count() -> None:
    series = [at if at < 800 else 800.0 for at in TIMES]
    assert trend(TIMES, series) == Trend(800.0, 0.0, 0.0, 898 / 3600)


def test_noise_is_no_slope_and_a_slope_is_seen_through_it() -> None:
    flat = trend(TIMES, [100.0 + noise for noise in NOISE])
    assert flat.least < 0.0 < flat.most < 3.0
    steep = trend(TIMES, [100.0 + noise + 20 * at / 3600 for at, noise in zip(TIMES, NOISE, strict=True)])
    assert steep.least > 10.0


def test_the_interval_holds_the_slope_as_often_as_it_says() -> None:
    """Samples that are like those before them: the blocks' scatter is what counts."""
    held = 0
    for _ in range(200):
        drift, series = 0.0, []
        for _ in TIMES:
            drift = 0.7 * drift + DICE.gauss(0.0, 1.0)
            series.append(100.0 + drift)
        found = trend(TIMES, series)
        held += found.least <= 0.0 <= found.most
    assert held >= 180


def test_what_follows_its_due_is_flat_whatever_the_load_does() -> None:
    due = [1000.0 + at + 50 * noise for at, noise in zip(TIMES, NOISE, strict=True)]
    keys = [300.0 + 1.5 * wanted for wanted in due]
    assert trend(TIMES, keys).least > 10.0
    assert abs(trend(TIMES, keys, due).slope) < 0.001
    leaking = [key + at / 36 for at, key in zip(TIMES, keys, strict=True)]
    assert trend(TIMES, leaking, due).least > 2.0


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(AssertionError, match="too few"):
        trend(TIMES[: 2 * BLOCKS], NOISE[: 2 * BLOCKS])


def test_what_cannot_be_excluded_does_not_pass_a_long_run() -> None:
    wide = Trend(100.0, 0.0, 11.0, 0.25)
    assert not Bounds().passed("server memory, MiB", wide)
    assert Bounds().passed("server files", wide)
    assert SHORT.passed("server memory, MiB", wide)


def test_one_more_is_a_step_and_no_slope_and_four_are_one() -> None:
    step = trend(TIMES, [8.0 + (at > 1350) for at in TIMES])
    assert step.least > Bounds().counts
    assert Bounds().passed("dispatcher threads", step)
    steps = trend(TIMES, [8.0 + sum(at > begun for begun in (1000, 1200, 1400, 1600)) for at in TIMES])
    assert not Bounds().passed("dispatcher threads", steps)
    assert not Bounds().passed("server files", Trend(50.0, 40.0, 10.0, 0.25))


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("leak", NOTICED_BY)
async def test_a_leak_is_noticed_in_half_a_minute(leak: str) -> None:
    times = Times(retention=5.0, remembered=5.0, history=1000)
    soak = Soak(Plan(0.5, "valkey9-node-string", 1, 1, times, SHORT, rate=20.0, leak=leak))
    failed: list[Any] = [line for line in await soak.run() if not line["pass"]]
    names = {line["name"] for line in failed}
    assert NOTICED_BY[leak] in names if leak else not failed, failed


def test_every_leak_has_a_check_that_must_notice_it() -> None:
    assert set(NOTICED_BY) == {"", *NAMES}
