"""One fault after the other, each a row of the report, and what must hold in every row whatever the fault is."""

import time
from collections.abc import Iterable
from typing import Any

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE
from simulator.checks import check
from tests.stack import faults
from tests.stack.faults import IN_SECONDS, Fault, Scene

BREAK = "break"
"""Why the players' agents leave AVAILABLE by themselves."""


def taken_out(told: Iterable[events.Event]) -> list[str]:
    """Names of agents who left AVAILABLE, though their players did not ask for it."""
    return [
        event.agent.name
        for event in told
        if event.type == events.EVENT_TYPE_AGENT_STATE_CHANGED
        and event.agent.presence != PRESENCE_AVAILABLE
        and event.agent.presence_reason != BREAK
    ]


class Row:
    """Judges what the witness of the players' center was told, from row to row."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._seen = 0
        self._ranks: dict[str, int] = {}

    def judge(self) -> None:
        """Adds the checks of everything since the last call to the scene's."""
        told = self._scene.probes.witness.events[self._seen :]
        self._seen += len(told)
        self._scene.none_of("agents taken out", len(taken_out(told)))
        self._scene.none_of("contacts that lost their place", self._set_back(told))

    def _set_back(self, told: list[events.Event]) -> int:
        """How many contacts stand behind their earlier place: a rank is kept for good, and nobody here changes it."""
        lost = set()
        for event in told:
            name, rank = event.contact.name, event.contact.rank
            if not rank:
                continue
            if rank > self._ranks.get(name, rank):
                lost.add(name)
            self._ranks[name] = rank
        return len(lost)


async def inject(scene: Scene, wanted: Iterable[Fault], quiet_s: float) -> None:
    """One fault after the other; one that does not heal ends the run with a failed check."""
    for fault in wanted:
        begun = time.monotonic()
        if not await _once(scene, fault, quiet_s):
            return
        print(f"{fault.__name__}: {time.monotonic() - begun:.0f} s", flush=True)


async def inject_rows(scene: Scene, wanted: Iterable[Fault], quiet_s: float) -> None:
    """The same, each fault a row that is judged by itself.

    The machine may be shared: where a row misses goals of time and nothing else, it is measured once more. The
    report has both, and the second counts.
    """
    row = Row(scene)
    for fault in wanted:
        begun, first = time.monotonic(), len(scene.checks)
        healed = await _judged(scene, fault, row, quiet_s)
        if healed and _only_late(scene.checks[first:]):
            print(f"{fault.__name__}: a goal of time was missed; once more", flush=True)
            scene.checks[first:] = [_told(line) for line in scene.checks[first:]]
            healed = await _judged(scene, fault, row, quiet_s)
        if not healed:
            return
        print(f"{fault.__name__}: {time.monotonic() - begun:.0f} s", flush=True)


async def _judged(scene: Scene, fault: Fault, row: Row, quiet_s: float) -> bool:
    healed = await _once(scene, fault, quiet_s)
    row.judge()
    return healed


async def _once(scene: Scene, fault: Fault, quiet_s: float) -> bool:
    try:
        await scene.whole(scene.now() - faults.FELT_S)
        await scene.catch_up(quiet_s)
        await fault(scene)
    except TimeoutError as error:
        scene.checks.append(check(f"{scene.title}: heals", str(error), "in time", False))
        return False
    return True


def _only_late(lines: list[dict[str, Any]]) -> bool:
    missed = [line["name"] for line in lines if not line["pass"]]
    return bool(missed) and all(name.endswith(IN_SECONDS) for name in missed)


def _told(line: dict[str, Any]) -> dict[str, Any]:
    """Of the first measurement: what was late is told."""
    goal = line["goal"] if line["pass"] else f"{line['goal']}, told"
    return {**line, "name": f"{line['name']} (first of two)", "goal": goal, "pass": True}
