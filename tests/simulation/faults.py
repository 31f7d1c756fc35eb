"""What goes wrong in a run, and when: a few faults by the dice, which may overlap."""

from collections.abc import Callable
from random import Random

from tests.simulation.judge import Judge
from tests.simulation.system import System
from tests.simulation.trace import Trace

RECOVERY_S = 3.0
"""After the end of a fault dispatchers are well again: pauses between attempts are a second at most, twice in a row."""


class Faults:
    """`double`: acknowledged writes may be lost, too.

    One run in four has only faults that excuse no delay where there are two dispatchers: so limits of time hold all
    the while. One in eight loses most calls, so that callers give up on what had its effect.
    """

    def __init__(self, system: System, dice: Random, judge: Judge, trace: Trace, *, seed: int, double: bool) -> None:
        self._system, self._dice, self._judge, self._trace = system, dice, judge, trace
        self._double = double
        self.kinds: list[Callable[[], float]] = [
            self.lost_wakes, self.deaf, self.store_resets, self.lost_replies, self.lost_calls, self.repeated_calls,
            self.slow_network, self.slow_store, self.late_replica, self.failover, self.failover, self.isolated_primary,
            self.server_killed, self.server_killed, self.server_drained, self.server_paused, self.clients_cut,
            self.dispatcher_killed, self.dispatcher_paused, self.client_paused,
        ]  # fmt: skip
        if seed % 4 == 3:
            self.kinds = [
                self.lost_wakes, self.deaf, self.deaf, self.repeated_calls, self.client_paused, self.dispatcher_killed,
                self.dispatcher_paused,
            ]  # fmt: skip
        elif seed % 8 == 2:
            self.kinds = [self.most_calls_lost, self.lost_replies, self.repeated_calls, self.server_killed]
        self.clients: list[str] = []
        self._down: set[str] = set()

    def begin(self) -> None:
        """Breaks something; what it is ends by itself."""
        kind = self._dice.choice(self.kinds)
        self._trace.note("fault", kind.__name__)
        self._judge.count(kind.__name__)
        harm = kind()
        if harm:
            self._judge.disturbed(self._system.loop.time() + harm)

    def _span(self, least: float, most: float) -> float:
        return self._dice.uniform(least, most)

    def _for(self, seconds: float, owner: object, name: str, value: float, usual: float = 0.0) -> None:
        setattr(owner, name, value)
        self._system.loop.later(seconds, setattr, owner, name, usual)

    def lost_wakes(self) -> float:
        self._for(self._span(0.5, 4), self._system.shard, "wake_loss", self._span(0.3, 1))
        return 0.0

    def deaf(self) -> float:
        """All wake-ups are lost: only the sweeps see anything."""
        self._for(self._span(2, 5), self._system.shard, "wake_loss", 1.0)
        return 0.0

    def store_resets(self) -> float:
        self._system.shard.break_connections()
        return RECOVERY_S

    def lost_replies(self) -> float:
        seconds = self._span(0.5, 2)
        self._for(seconds, self._system.shard, "reply_loss", self._span(0.05, 0.4))
        return seconds + RECOVERY_S

    def lost_calls(self) -> float:
        seconds = self._span(0.5, 2)
        self._for(seconds, self._system.network, "loss", self._span(0.05, 0.4))
        return seconds + RECOVERY_S

    def most_calls_lost(self) -> float:
        seconds = self._span(1, 4)
        self._for(seconds, self._system.network, "loss", self._span(0.5, 0.9))
        return seconds + RECOVERY_S

    def repeated_calls(self) -> float:
        self._for(self._span(1, 4), self._system.network, "twice", self._span(0.1, 0.6))
        return 0.0

    def slow_network(self) -> float:
        seconds = self._span(0.5, 2)
        self._for(seconds, self._system.network, "slowness", self._span(5, 60), 1.0)
        return seconds + RECOVERY_S

    def slow_store(self) -> float:
        seconds = self._span(0.5, 2)
        self._for(seconds, self._system.shard, "slowness", self._span(5, 60), 1.0)
        return seconds + RECOVERY_S

    def late_replica(self) -> float:
        """Writes are not replicated for a while, and then they are."""
        shard, seconds = self._system.shard, self._span(0.1, 1.5)
        if not shard.up or not shard.replicating:
            return 0.0
        shard.replicating = False
        self._system.loop.later(seconds, self._catch_up, shard.generation)
        return seconds + RECOVERY_S

    def _catch_up(self, generation: int) -> None:
        shard = self._system.shard
        if shard.up and shard.generation == generation:
            shard.replicating = True
            shard.replicate()

    def failover(self) -> float:
        shard, seconds = self._system.shard, self._span(0.2, 2.5)
        if not shard.up:
            return 0.0
        shard.fail()
        forget = self._dice.randrange(1, 12) if self._double else 0
        self._system.loop.later(seconds, shard.promote, forget)
        return seconds + RECOVERY_S

    def isolated_primary(self) -> float:
        """It serves for a while without a replica, and is then replaced by one that has none of that."""
        shard, seconds = self._system.shard, self._span(0.1, 1.2)
        if not shard.up or not shard.replicating:
            return 0.0
        shard.replicating = False
        self._system.loop.later(seconds, self._replaced, shard.generation)
        return seconds + 2.5 + RECOVERY_S

    def _replaced(self, generation: int) -> None:
        if self._system.shard.generation == generation:
            self.failover()

    def _one_down(self, kind: str, places: int) -> int | None:
        """A place of a kind of which none is down yet: somebody must be left to serve."""
        if kind in self._down:
            return None
        self._down.add(kind)
        return self._dice.randrange(places)

    def _up(self, kind: str, start: Callable[[int], None], place: int) -> None:
        self._down.discard(kind)
        start(place)

    def server_killed(self) -> float:
        system, seconds = self._system, self._span(0.2, 2)
        if (place := self._one_down("server", len(system.servers))) is None:
            return 0.0
        system.kill_server(place)
        system.loop.later(seconds, self._up, "server", system.start_server, place)
        return seconds + RECOVERY_S

    def server_drained(self) -> float:
        system, seconds = self._system, self._span(1.2, 2)
        if (place := self._one_down("server", len(system.servers))) is None:
            return 0.0
        system.drain_server(place)
        system.loop.later(seconds, self._up, "server", system.start_server, place)
        return seconds + RECOVERY_S

    def server_paused(self) -> float:
        system, seconds = self._system, self._span(0.1, 3)
        if (place := self._one_down("server", len(system.servers))) is None:
            return 0.0
        system.pause_server(place, seconds)
        system.loop.later(seconds, self._down.discard, "server")
        return seconds + RECOVERY_S

    def clients_cut(self) -> float:
        system = self._system
        self._dice.choice(system.servers).cut(system.network.broken())
        return RECOVERY_S

    def dispatcher_killed(self) -> float:
        """The other one goes on, so nobody may wait longer for it; if it is the only one, all do."""
        system, seconds = self._system, self._span(0.2, 3)
        if (place := self._one_down("dispatcher", len(system.dispatchers))) is None:
            return 0.0
        system.kill_dispatcher(place)
        system.loop.later(seconds, self._up, "dispatcher", system.start_dispatcher, place)
        return 0.0 if len(system.dispatchers) > 1 else seconds + RECOVERY_S

    def dispatcher_paused(self) -> float:
        system, seconds = self._system, self._span(0.2, 3)
        if (place := self._one_down("dispatcher", len(system.dispatchers))) is None:
            return 0.0
        name = system.dispatchers[place][0]
        system.loop.pause(name)
        system.loop.later(seconds, self._up, "dispatcher", lambda _place: system.loop.resume(name), place)
        return 0.0 if len(system.dispatchers) > 1 else seconds + RECOVERY_S

    def client_paused(self) -> float:
        """Long enough, and a feed with much to say is cut off for slowness."""
        name, loop, seconds = self._dice.choice(self.clients), self._system.loop, self._span(0.5, 3)
        loop.pause(name)
        loop.later(seconds, loop.resume, name)
        self._judge.disturbed(loop.time() + seconds + RECOVERY_S, name)
        return 0.0
