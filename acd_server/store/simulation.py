"""The virtual clock of a center."""

from typing import Literal, NamedTuple, cast

from acd_server.store import scripts
from acd_server.store.client import Client
from acd_server.store.replies import number, text

Found = Literal["busy", "moved", "events", "rest"]


class Step(NamedTuple):
    """What one try to advance the clock found: see `advance_clock.lua`."""

    found: Found
    now: int
    """The center's clock in microseconds."""
    sequence: int
    """The newest event."""


class SimulationStore:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def advance_clock(self, center: str, *, latest: int, seen_sequence: int, nudge: bool = False) -> Step:
        """One try; `latest` in microseconds. Raises RESOURCE_NOT_FOUND."""
        found, now, sequence = await scripts.advance_clock(
            self._client, center, latest=latest, seen_sequence=seen_sequence, nudge=int(nudge)
        )
        return Step(cast("Found", text(found)), number(now), number(sequence))
