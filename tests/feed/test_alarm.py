"""The time limit of feeds: the last time that was set counts, and it rings once."""

import asyncio
import contextlib

from acd_server.alarm import STEPS, Alarm, in_step
from tests.support.wait import wait_until

SOON_S, LATER_S = 0.01, 0.05


async def test_the_last_time_counts_and_rings_once() -> None:
    loop, rung = asyncio.get_running_loop(), list[float]()
    with contextlib.closing(Alarm(lambda: rung.append(loop.time()))) as alarm:
        began = loop.time()
        alarm.set(began + SOON_S)
        alarm.set(began + LATER_S)
        await wait_until(lambda: rung, "it rings")
        assert rung[0] - began >= LATER_S - 0.001, "moved on, though the timer ran for the earlier time"
        alarm.set(loop.time() + 3600)
        alarm.set(loop.time() + SOON_S)
        await wait_until(lambda: len(rung) == 2, "it rings at an earlier time, too")


async def test_it_does_not_ring_when_it_was_stopped_or_closed() -> None:
    loop, rung = asyncio.get_running_loop(), list[str]()
    with contextlib.closing(Alarm(lambda: rung.append("stopped"))) as stopped:
        closed = Alarm(lambda: rung.append("closed"))
        now = loop.time()
        for alarm in (stopped, closed):
            alarm.set(now + SOON_S)
        stopped.stop()
        closed.close()
        with contextlib.closing(Alarm(lambda: rung.append("other"))) as other:
            other.set(now + LATER_S)
            await wait_until(lambda: rung, "what was set later rings")
        assert rung == ["other"]
        stopped.set(loop.time() + SOON_S)
        await wait_until(lambda: rung == ["other", "stopped"], "one that was stopped can be set again")


def test_those_with_one_interval_act_together_and_never_late() -> None:
    interval = 10.0
    dues = [1000.0 + number * 0.013 for number in range(1000)]
    found = [in_step(due, interval) for due in dues]
    assert all(due - interval / STEPS <= at <= due for due, at in zip(dues, found, strict=True))
    assert len(set(found)) <= (dues[-1] - dues[0]) / (interval / STEPS) + 2
