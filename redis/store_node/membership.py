"""Brings a node's three processes into the cluster, each in its place.

Every node does this for its own processes only, again and again; no step is harmful to repeat, so
there is neither a leader nor a moment at which it must not break off. One way serves a first start, a
start after everything was down, and a node whose disk is new:

1. a process that knows nobody gets an epoch of its own and meets all others;
2. the home process of a shard takes the shard's slots, if all nine processes are there, none of them
   remembers an owner, and the shard's three are empty;
3. an empty process without slots becomes a replica of whoever holds its shard.

What holds data is therefore never made part of something new: where slots are without an owner and
there is data anywhere, the node says so and waits for a human (docs/operations.md).
"""

from contextlib import suppress
from dataclasses import dataclass, field

from redis.exceptions import ResponseError

from store_node.settings import SHARDS, Settings
from store_node.view import Member, Process, slot_range


class RefusedError(Exception):
    """The cluster is not complete and completing it could destroy data."""


@dataclass
class Membership:
    settings: Settings
    _processes: dict[str, Process] = field(default_factory=dict)

    def process(self, node: int, shard: int) -> Process:
        address = self.settings.address(node, shard)
        if str(address) not in self._processes:
            settings = self.settings
            process = Process(address, settings.passwords.own, settings.user, settings.tls)
            self._processes[str(address)] = process
        return self._processes[str(address)]

    def own(self, shard: int) -> Process:
        return self.process(self.settings.node, shard)

    def all(self) -> list[Process]:
        return [self.process(node, shard) for node in range(1, SHARDS + 1) for shard in range(1, SHARDS + 1)]

    def take_part(self, shard: int) -> None:
        """One step for this node's process of a shard, if it is not in its place yet.

        Raises RefusedError, and what is in UNREACHABLE.
        """
        process = self.own(shard)
        known = process.members()
        mine = next(member for member in known if member.myself)
        if len(known) == 1:
            self._meet(process, mine, shard)
        elif mine.is_primary and not mine.slots:
            self._place(process, shard, known)
        self._forget_predecessors(process, known)

    def _meet(self, process: Process, mine: Member, shard: int) -> None:
        if mine.slots:
            raise RefusedError(f"{process.address} has data but belongs to no cluster")
        others = [other for other in self.all() if other.answers()]
        for other in others:
            # Its data would be lost to whoever holds its slots.
            if other.keys() and len(other.members()) == 1:
                raise RefusedError(f"{other.address} has data but belongs to no cluster")
        with suppress(ResponseError):  # it has an epoch already
            # Two that begin with one epoch would have to settle it first.
            process.ask("CLUSTER", "SET-CONFIG-EPOCH", (self.settings.node - 1) * SHARDS + shard)
        for other in others:
            if other is not process:
                process.ask("CLUSTER", "MEET", other.address.host, other.address.port)

    def _place(self, process: Process, shard: int, known: list[Member]) -> None:
        low, high = slot_range(shard)
        owner = next((member for member in known if member.owns(low)), None)
        if owner is not None:
            if not owner.failed:
                process.ask("CLUSTER", "REPLICATE", owner.id)
            return
        if shard != self.settings.node or sum(member.known for member in known) < SHARDS * SHARDS:
            return
        self._require_new(shard, low)
        process.ask("CLUSTER", "ADDSLOTSRANGE", low, high)

    def _require_new(self, shard: int, slot: int) -> None:
        """Raises RefusedError unless the shard's processes are empty and nobody remembers an owner."""
        for node in range(1, SHARDS + 1):
            process = self.process(node, shard)
            if process.keys():
                raise RefusedError(f"the slots of {process.address} have no owner, but it has data")
        for process in self.all():
            if any(member.owns(slot) for member in process.members()):
                raise RefusedError(f"{process.address} knows an owner of slot {slot}")

    @staticmethod
    def _forget_predecessors(process: Process, known: list[Member]) -> None:
        """Forgets what failed for good: its place, by address, is taken by another that is well."""
        well = {(member.host, member.port) for member in known if member.known and not member.failed}
        for member in known:
            gone = member.failed and not member.myself and not member.slots
            if gone and ((member.host, member.port) in well or "noaddr" in member.flags):
                process.ask("CLUSTER", "FORGET", member.id)
