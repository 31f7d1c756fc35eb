"""A short day played for real: this process is router, dispatcher, callers and agents at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from acd_client import AcdClient
from dispatcher.app import Dispatcher
from simulator.checks import router_checks
from simulator.day import Day
from simulator.figures import figures
from simulator.generated import LENGTH, START, generated_day
from simulator.latency import measure
from simulator.main import Options, latency
from simulator.run import Run
from tests.support.server import Server

SPEED = 100.0
SECONDS = 4.0
"""Wall seconds in which everybody comes."""


def short_day(seed: int) -> Day:
    """60 contacts of the demo's morning and its first 12 agents, within a few wall seconds."""
    day = generated_day(seed, contacts=60, agents=12)
    shrink = SPEED * SECONDS / LENGTH
    callers = [replace(caller, arrival=START + (caller.arrival - START) * shrink) for caller in day.callers]
    agents = [replace(plan, start=START - 20, end=START + SPEED * SECONDS + 60, breaks=()) for plan in day.agents]
    return replace(day, title="a short day", callers=callers, agents=agents)


@pytest.fixture
async def router(client: AcdClient) -> AsyncIterator[AcdClient]:
    """A client of a router that has a dispatcher."""
    dispatcher = Dispatcher(client)
    running = asyncio.create_task(dispatcher.run())
    yield client
    dispatcher.stop()
    await running


async def test_a_short_day_comes_out_right(router: AcdClient) -> None:
    day = short_day(seed=3)
    result = await Run(router, "short", day, SPEED).play()
    checks = {line["name"]: line for line in router_checks(result)}
    assert [line for line in checks.values() if not line["pass"]] == [], result.oracle.verdict.examples
    assert checks["offered"]["value"] == 60
    assert sum(result.balance.client.values()) == sum(result.balance.feed.values()) == 60
    assert result.balance.feed["completed"] > 0
    found = figures(result.history)
    assert found["handled"] + found["abandoned"] == 60
    assert result.oracle.verdict.offers >= found["handled"]
    assert 0 < found["occupancy"] < 1


async def test_nobody_to_serve_leaves_every_caller_to_hang_up(router: AcdClient) -> None:
    day = short_day(seed=4)
    day = replace(day, agents=[replace(plan, start=day.end, end=day.end, breaks=()) for plan in day.agents[:1]])
    result = await Run(router, "nobody", day, SPEED).play()
    assert result.balance.agree
    assert result.balance.client.get("abandoned", 0) >= 59


async def test_the_latency_probe_measures_each_contact(router: AcdClient) -> None:
    found = await measure(router, "latency", repeats=5)
    assert len(found) == 5
    assert all(0 < seconds < 5 for seconds in found)


@pytest.mark.usefixtures("router")
async def test_the_latency_command_writes_its_report(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "latency.json"
    await latency(Options(server=server.target, json=path), Console(quiet=True))
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["enqueue_to_offer"]["count"] == 200
    assert report["checks"][0].keys() == {"name", "value", "goal", "pass"}
