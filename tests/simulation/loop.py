"""An event loop in virtual time, whose order of ready callbacks the dice say.

Time stands still while anything is ready, and jumps to the next timer when nothing is. So a run takes the time of its
Python and no more, and one seed gives one run. Asyncio promises callbacks in the order in which they became ready; a
network promises nothing like it. What must hold whatever the order is shown by any order, so the dice choose.

Every callback belongs to a process of the system: the value of `NODE` in its context. A process that is paused
keeps its callbacks until it goes on; one that was killed never runs again, not even its `finally`.
"""

import asyncio
from contextvars import Context, ContextVar, copy_context
from functools import partial
from heapq import heappop, heappush
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


Entry = tuple[Any, tuple[Any, ...], Context | None]
"""What will run: a callable, its arguments, and its context; None for what the network or the store does."""


class Timer:
    """A callback that may be taken back, in the place of asyncio's handles, which cost several times as much."""

    __slots__ = ("_arguments", "_call", "_when", "dropped")

    def __init__(self, call: Any, arguments: tuple[Any, ...], when: float) -> None:
        self._call, self._arguments, self._when = call, arguments, when
        self.dropped = False

    def __call__(self) -> None:
        if not self.dropped:
            self._call(*self._arguments)

    def cancel(self) -> None:
        self.dropped = True
        # What was to run may hold much, and a timer keeps its place until its time comes.
        self._call, self._arguments = None, ()

    def cancelled(self) -> bool:
        return self.dropped

    def when(self) -> float:
        return self._when


class VirtualLoop(asyncio.BaseEventLoop):
    """`steps` counts the callbacks that ran: with the time it tells one place in a run from another."""

    def __init__(self, dice: Random) -> None:
        super().__init__()
        self._now = 0.0
        self._dice = dice
        # Every third run has asyncio's own order: it is the one that a server mostly has.
        self._ordered = dice.random() < 1 / 3
        self._ready: list[Entry] = []
        self._timers: list[tuple[float, int, Any, tuple[Any, ...], Context | None]] = []
        self._set = 0
        self._held: dict[str, list[Entry]] = {}
        self._dead: dict[str, list[Entry]] = {}
        self.network = context_of("")
        self.steps = 0
        self.faults: list[str] = []
        # Asked for each future and task; as they are in the base class they run Python for it.
        self.create_future = partial(asyncio.Future, loop=self)  # type: ignore[method-assign]
        self.create_task = partial(asyncio.Task, loop=self)  # type: ignore[method-assign]
        self.get_debug = bool  # type: ignore[method-assign]  # False

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
            for entries in kept.values():
                self._ready += entries
            kept.clear()

    def later(self, delay: float, call: Any, *arguments: Any) -> None:
        """Something that the network or the store does, whoever caused it."""
        self._set += 1
        heappush(self._timers, (self._now + delay, self._set, call, arguments, None))

    def at(self, when: float, call: Any, *arguments: Any) -> None:
        """The same at a time of the loop."""
        self._set += 1
        heappush(self._timers, (when, self._set, call, arguments, None))

    def limit(self, when: float, call: Any, *arguments: Any) -> Timer:
        """The same, if it is not taken back before."""
        timer = Timer(call, arguments, when)
        self._set += 1
        heappush(self._timers, (when, self._set, timer, (), None))
        return timer

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.faults.append(f"{context['message']}: {error!r}")

    def call_soon(  # type: ignore[override]  # its callbacks take anything
        self, callback: Any, *args: Any, context: Context | None = None
    ) -> Timer | None:
        if context is not None:
            # Of a future or a task, and those take nothing back.
            self._ready.append((callback, args, context))
            return None
        timer = Timer(callback, args, self._now)
        self._ready.append((timer, (), copy_context()))
        return timer

    call_soon_threadsafe = call_soon  # type: ignore[assignment]
    """How the interpreter has an async generator closed that nobody iterates over any more; there are no threads."""

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Any, *args: Any, context: Context | None = None
    ) -> Timer:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Context | None = None
    ) -> Timer:
        timer = Timer(callback, args, when)
        self._set += 1
        heappush(self._timers, (when, self._set, timer, (), context or copy_context()))
        return timer

    def _run_once(self) -> None:
        """All that runs until the loop is stopped."""
        ready, dice, ordered, spins = self._ready, self._dice.random, self._ordered, 0
        while not self._stopping:  # type: ignore[attr-defined]  # BaseEventLoop's
            if not ready:
                self._advance()
                spins = 0
            self.steps += 1
            spins += 1
            if (count := len(ready)) == 1:
                entry = ready.pop()
            elif ordered:
                entry = ready.pop(0)
            else:
                chosen = int(dice() * count)
                entry, ready[chosen] = ready[chosen], ready[-1]
                ready.pop()
            call, arguments, context = entry
            try:
                if context is None:
                    call(*arguments)
                elif not (self._held or self._dead) or not self._kept_back(entry, context):
                    context.run(call, *arguments)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as asyncio does; the judge hears of it
                self.call_exception_handler({"message": f"in {call}", "exception": error})
            if spins > SPINS:
                raise Stuck(f"{SPINS} callbacks at {self._now:.3f} s and no end: {[left[0] for left in ready[:5]]}")

    def _kept_back(self, entry: Entry, context: Context) -> bool:
        """Whether the process of a callback does not run now."""
        node = context.get(NODE, "")
        kept = self._held.get(node) if node in self._held else self._dead.get(node)
        if kept is None:
            return False
        kept.append(entry)
        return True

    def _advance(self) -> None:
        """Moves the time to the next timer."""
        timers, ready = self._timers, self._ready
        while timers and timers[0][2].__class__ is Timer and timers[0][2].dropped:
            heappop(timers)
        if not timers:
            waiting = sorted(task.get_name() for task in asyncio.all_tasks(self))
            raise Stuck(f"nothing is scheduled and these wait: {', '.join(waiting)}")
        # A clock that was asked a moment later: none is ever read at the very time of a timer.
        self._now = now = max(self._now, timers[0][0]) + TICK
        while timers and timers[0][0] <= now:
            ready.append(heappop(timers)[2:])

    def _write_to_self(self) -> None:
        """There is no selector to wake."""

    def _process_events(self, event_list: Any) -> None:
        """There are no files."""
