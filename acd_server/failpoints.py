"""Named places in the code where a test makes a process die, pause or fail.

A point is the beginning or the end of one function. Arming it puts a wrapper around the function, so a process
without `ACD_FAILPOINTS` runs the code as it is written, without a single question asked on the way.

The setting names what happens where, and how often:

    ACD_FAILPOINTS="store.send.after=exit@0.01; feed.read.before=sleep(0.3)@0.2; server.enqueue.after=raise#3"

`exit` ends the process at once, as kill -9 does; `sleep(seconds)` pauses; `raise` fails as the function itself might.
`@p`: with that probability each time; `#n`: the n-th time only; neither: every time.
"""

import asyncio
import functools
import importlib
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from acd_client import Unavailable
from acd_server.errors import CODES, AcdError

EXIT_STATUS = 86
"""Of a process that a point ended: nothing else ends with it."""

_ITEM = re.compile(
    r"(?P<point>[a-z_.]+)=(?:(?P<action>exit|raise)|sleep\((?P<seconds>\d+(?:\.\d+)?)\))"
    r"(?:@(?P<chance>[01](?:\.\d+)?)|#(?P<turn>[1-9]\d*))?"
)

FUNCTIONS = {
    # The store: between a service and the connection.
    "store.call": "acd_server.store.client:Client.call",
    "store.refresh": "acd_server.store.client:Client.refresh",
    "store.connect": "acd_server.store.lanes:Lane._connected",
    "store.exchange": "acd_server.store.lanes:Lane._exchange",
    "store.send": "acd_server.store.lanes:Lane._send",
    "store.load": "acd_server.store.lanes:Lane._load",
    "store.read_events": "acd_server.store.events:EventStore.read_events",
    "store.confirm": "acd_server.store.events:EventStore.confirm_events",
    # The server: around what a call does, before its answer leaves.
    "server.enqueue": "acd_server.services.contacts:ContactServicer.EnqueueContact",
    "server.accept": "acd_server.services.contacts:ContactServicer.AcceptAssignment",
    "server.decline": "acd_server.services.contacts:ContactServicer.DeclineAssignment",
    "server.complete": "acd_server.services.contacts:ContactServicer.CompleteContact",
    "server.finish": "acd_server.services.contacts:ContactServicer.FinishWrapUp",
    "server.abandon": "acd_server.services.contacts:ContactServicer.AbandonContact",
    "server.state": "acd_server.services.agents:AgentServicer.SetAgentState",
    "server.match": "acd_server.services.dispatch:DispatchServicer.MatchContacts",
    "server.fire": "acd_server.services.dispatch:DispatchServicer.FireDeadlines",
    "server.health": "acd_server.store.store:Store.check",
    "server.sweep": "acd_server.work:WorkHub._sweep",
    # The feed: between the store and its subscribers.
    "feed.start": "acd_server.feed:CenterReader.start",
    "feed.read": "acd_server.feed:CenterReader._read",
    "feed.resume": "acd_server.feed:FeedHub._resume",
    "feed.next": "acd_server.feed:FeedHub._next",
    # The dispatcher.
    "dispatcher.match": "dispatcher.match_loop:MatchLoop.match_center",
    "dispatcher.fire": "dispatcher.timer_loop:TimerLoop.fire_center",
    "dispatcher.work": "dispatcher.work:WorkWatch.watch_once",
}
"""Part of a point's name → the coroutine function whose beginning (`.before`) and end (`.after`) it names."""

ENDLESS = ("dispatcher.work",)
"""Functions that end by an exception only: there is no place behind them."""

POINTS = tuple(
    f"{part}.{when}" for part in FUNCTIONS for when in ("before", "after") if when == "before" or part not in ENDLESS
)

hits: Counter[str] = Counter()
"""How often each armed point acted, in this process."""


class FailpointsError(ValueError):
    """The setting cannot be understood; says which part of it."""


@dataclass(frozen=True)
class Action:
    """What is done at a point: `seconds` is None unless it pauses, `ends` tells an exit from an exception."""

    point: str
    ends: bool = False
    seconds: float | None = None
    chance: float = 1.0
    turn: int = 0

    async def act(self) -> None:
        hits[self.point] += 1
        # Straight to the file: nothing that is kept in memory survives an exit.
        os.write(2, (json.dumps({"failpoint": self.point}) + "\n").encode())
        if self.seconds is not None:
            await asyncio.sleep(self.seconds)
        elif self.ends:
            os._exit(EXIT_STATUS)
        else:
            raise _failure(self.point)


def parse(text: str) -> list[Action]:
    """The actions of a setting. Raises FailpointsError."""
    return [_parse_item(item.strip()) for item in text.split(";") if item.strip()]


def _parse_item(item: str) -> Action:
    found = _ITEM.fullmatch(item)
    if found is None:
        raise FailpointsError(f"{item!r} has not the form point=exit|raise|sleep(seconds), with @chance or #turn")
    if found["point"] not in POINTS:
        raise FailpointsError(f"there is no failpoint {found['point']!r}")
    return Action(
        found["point"],
        ends=found["action"] == "exit",
        seconds=float(found["seconds"]) if found["seconds"] else None,
        chance=float(found["chance"] or 1),
        turn=int(found["turn"] or 0),
    )


def arm(text: str) -> Callable[[], None]:
    """Puts the actions at their points; call what is returned to take them away. Raises FailpointsError."""
    actions = parse(text)
    undo = [_wrap(action) for action in actions]

    def disarm() -> None:
        for restore in reversed(undo):
            restore()

    return disarm


def _wrap(action: Action) -> Callable[[], None]:
    part, _, when = action.point.rpartition(".")
    module, _, path = FUNCTIONS[part].partition(":")
    owner_name, _, name = path.partition(".")
    owner = getattr(importlib.import_module(module), owner_name)
    original = owner.__dict__[name]
    due = _due(action)

    @functools.wraps(original)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        if when == "before" and next(due):
            await action.act()
        result = await original(*args, **kwargs)
        if when == "after" and next(due):
            await action.act()
        return result

    setattr(owner, name, wrapper)
    return lambda: setattr(owner, name, original)


def _due(action: Action) -> Iterator[bool]:
    """Whether it acts, each time that the point is passed."""
    passed = 0
    while True:
        passed += 1
        yield passed == action.turn if action.turn else random.random() < action.chance


def _failure(point: str) -> Exception:
    """What the function could raise by itself: a lost connection, an answer of the store, or none of the servers."""
    if point.startswith(("store.connect", "store.exchange", "store.send", "store.load")):
        return ConnectionResetError(f"failpoint {point}")
    if point.startswith("dispatcher"):
        return Unavailable("STORE_UNAVAILABLE", CODES["STORE_UNAVAILABLE"], f"failpoint {point}")
    return AcdError("STORE_UNAVAILABLE")
