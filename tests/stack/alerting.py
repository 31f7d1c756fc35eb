"""Prometheus beside the stack: it sees every part, and a fault that somebody must look at becomes an alert."""

import asyncio
import http.client
import json
import signal
from typing import Any

import yaml

from simulator.checks import check
from store_node.settings import SHARDS
from tests.stack import system
from tests.stack.containers import BALANCERS, DISPATCHERS, ContainerStack
from tests.stack.engine import ROOT
from tests.stack.faults import Scene, do
from tests.stack.system import RUNNING_SERVERS, wait

PORT = 9090
ALERT = "AcdStoreNodeDown"
FIRES_S = 90.0
"""Its `for` is a minute; each step before it takes 5 s at most."""
TARGETS = RUNNING_SERVERS + DISPATCHERS + len(BALANCERS)


class Prometheus:
    """One that runs, asked over HTTP."""

    def __init__(self, address: str) -> None:
        self._address = address

    def _ask(self, path: str) -> Any:
        connection = http.client.HTTPConnection(self._address, PORT, timeout=2.0)
        try:
            connection.request("GET", f"/api/v1/{path}")
            return json.loads(connection.getresponse().read())["data"]
        finally:
            connection.close()

    def targets_up(self) -> int:
        try:
            return sum(target["health"] == "up" for target in self._ask("targets?state=active")["activeTargets"])
        except OSError:
            return 0

    def rules(self) -> list[str]:
        return [rule["name"] for group in self._ask("rules")["groups"] for rule in group["rules"]]

    def firing(self) -> list[str]:
        return sorted({one["labels"]["alertname"] for one in self._ask("alerts")["alerts"] if one["state"] == "firing"})


def written_rules() -> list[str]:
    text = (ROOT / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    return [rule["alert"] for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


async def alert_raised(scene: Scene) -> None:
    """A node of the store dies and stays dead until somebody is told."""
    stack = scene.stack
    assert isinstance(stack, ContainerStack)
    since = scene.begin("store node stays dead")
    watch = Prometheus(await do(stack.start_prometheus))
    await wait(lambda: _in_thread(watch.targets_up, TARGETS), f"Prometheus sees all {TARGETS} parts")
    rules = await do(watch.rules)
    scene.checks.append(check(f"{scene.title}: alert rules loaded", len(rules), "all", rules == written_rules()))
    scene.checks.append(_quiet(scene, await do(watch.firing)))
    await system.balanced(stack.membership)
    since = scene.now()
    await do(stack.stores[SHARDS - 1].signal, signal.SIGKILL)
    try:
        took = await wait(lambda: _in_thread(watch.firing, [ALERT]), f"{ALERT} fires alone", FIRES_S + 30.0)
        scene.at_most(f"{ALERT} fires", took, FIRES_S)
        await scene.whole(since)
        scene.shard_gaps(since, SHARDS)
    finally:
        await do(stack.stores[SHARDS - 1].start)
    await wait(lambda: _in_thread(watch.firing, []), "the alert ends")
    await system.balanced(stack.membership)


def _quiet(scene: Scene, firing: list[str]) -> dict[str, Any]:
    return check(f"{scene.title}: alerts before", ", ".join(firing) or "none", "none", not firing)


async def _in_thread(ask: Any, wanted: Any) -> bool:
    found: bool = await asyncio.to_thread(ask) == wanted
    return found
