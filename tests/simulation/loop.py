"""An event loop in virtual time, whose order of ready callbacks the dice say.

Time stands still while anything is ready, and jumps to the next timer when nothing is. So a run takes the time of its
Python and no more, and one seed gives one run. Asyncio promises callbacks in the order in which they became ready; a
network promises nothing like it. What must hold whatever the order is shown by any order, so the dice choose.

Every callback belongs to a process of the system: the value of `NODE` in its context. A process that is paused
keeps its callbacks until it goes on; one that was killed never runs again, not even its `finally`.
"""

import asyncio
import heapq
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any

NODE: ContextVar[str] = ContextVar("node", default="")
"""The process that a callback belongs to; "" for what is no process: the network, the store, the judge."""

SPINS = 200_000
"""Callbacks at one moment after which nobody can believe that it ends."""

TICK = 1e-7


class Stuck(Exception):  # noqa: N818  # it names a state of the run
    """Something waits and nothing will ever wake it, or callbacks make callbacks without end."""


def context_of(node: str) -> Context:
    """A context whose callbacks belong to a process."""
    context = copy_context()
    context.run(NODE.set, node)
    return context


class Step:
    """A callback that will run, in the place of asyncio's handles, which cost twice the time."""

    __slots__ = ("arguments", "call", "context", "dropped", "time")

    def __init__(self, call: Any, arguments: tuple[Any, ...], context: Context | None, time: float) -> None:
        self.call, self.arguments, self.context, self.time = call, arguments, context, time
        self.dropped = False

    def cancel(self) -> None:
        self.dropped = True
        # What was to run may hold much, and a timer keeps its place until its time comes.
        self.call, self.arguments = None, ()

    def cancelled(self) -> bool:
        return self.dropped

    def when(self) -> float:
        return self.time


class VirtualLoop(asyncio.BaseEventLoop):
    """`steps` counts the callbacks that ran: with the time it tells one place in a run from another."""

    def __init__(self, dice: Random) -> None:
        super().__init__()
        self._now = 0.0
        self._dice = dice
        # Every third run has asyncio's own order: it is the one that a server mostly has.
        self._ordered = dice.random() < 1 / 3
        self._ready: list[Step] = []
        self._timers: list[tuple[float, int, Step]] = []
        self._set = 0
        self._held: dict[str, list[Step]] = {}
        self._dead: dict[str, list[Step]] = {}
        self.network = context_of("")
        self.steps = self._moved = 0
        self.faults: list[str] = []

    def time(self) -> float:
        return self._now

    def pause(self, node: str) -> None:
        self._held.setdefault(node, [])

    def resume(self, node: str) -> None:
        self._ready += self._held.pop(node, [])

    def kill(self, node: str) -> None:
        """A process of this name may be started again under another one."""
        self._dead.setdefault(node, []).extend(self._held.pop(node, []))

    def revive_all(self) -> None:
        """For the end of a run: everything may unwind."""
        for kept in (self._held, self._dead):
            for steps in kept.values():
                self._ready += steps
            kept.clear()

    def later(self, delay: float, call: Any, *arguments: Any) -> None:
        """Something that the network or the store does, whoever caused it."""
        self.at(self._now + delay, call, *arguments)

    def at(self, when: float, call: Any, *arguments: Any) -> None:
        """The same at a time of the loop."""
        self._set += 1
        heapq.heappush(self._timers, (when, self._set, Step(call, arguments, None, when)))

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.faults.append(f"{context['message']}: {error!r}")

    def call_soon(  # type: ignore[override]  # its callbacks take anything
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> Step:
        step = Step(callback, args, copy_context() if context is None else context, self._now)
        self._ready.append(step)
        return step

    call_soon_threadsafe = call_soon  # type: ignore[assignment]
    """How the interpreter has an async generator closed that nobody iterates over any more; there are no threads."""

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Any, *args: Any, context: Context | None = None
    ) -> Step:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> Step:
        step = Step(callback, args, copy_context() if context is None else context, when)
        self._set += 1
        heapq.heappush(self._timers, (when, self._set, step))
        return step

    def _run_once(self) -> None:
        ready, dice = self._ready, self._dice.random
        if not ready:
            self._advance()
        while ready and not self._stopping:  # type: ignore[attr-defined]  # BaseEventLoop's
            self.steps += 1
            if self._ordered or len(ready) == 1:
                step = ready.pop(0)
            else:
                chosen = int(dice() * len(ready))
                step, ready[chosen] = ready[chosen], ready[-1]
                ready.pop()
            if not step.dropped and not ((self._held or self._dead) and self._kept_back(step)):
                self._run(step)
            if self.steps - self._moved > SPINS:
                raise Stuck(f"{SPINS} callbacks at {self._now:.3f} s and no end: {[left.call for left in ready[:5]]}")

    def _run(self, step: Step) -> None:
        try:
            if step.context is None:
                step.call(*step.arguments)
            else:
                step.context.run(step.call, *step.arguments)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as asyncio does; the judge hears of it
            self.call_exception_handler({"message": f"in {step.call}", "exception": error})

    def _kept_back(self, step: Step) -> bool:
        """Whether the process of a callback does not run now."""
        if step.context is None:
            return False
        node = step.context.get(NODE, "")
        kept = self._held.get(node) if node in self._held else self._dead.get(node)
        if kept is None:
            return False
        kept.append(step)
        return True

    def _advance(self) -> None:
        """Moves the time to the next timer."""
        timers = self._timers
        while timers and timers[0][2].dropped:
            heapq.heappop(timers)
        if not timers:
            waiting = sorted(task.get_name() for task in asyncio.all_tasks(self))
            raise Stuck(f"nothing is scheduled and these wait: {', '.join(waiting)}")
        # A clock that was asked a moment later: none is ever read at the very time of a timer.
        self._now, self._moved = max(self._now, timers[0][0]) + TICK, self.steps
        while timers and timers[0][0] <= self._now:
            self._ready.append(heapq.heappop(timers)[2])

    def _write_to_self(self) -> None:
        """There is no selector to wake."""

    def _process_events(self, event_list: Any) -> None:
        """There are no files."""
