"""The event stream of a center."""

from typing import NamedTuple

from acd_server.store import scripts
from acd_server.store.client import Client
from acd_server.store.replies import number, text, texts


class StoredEvent(NamedTuple):
    """An event as it is stored: its number, and its fields as texts."""

    sequence: int
    fields: dict[str, str]

    @property
    def stamp(self) -> int:
        return int(self.fields["time"])


class History(NamedTuple):
    """Where a center's history stands, with the events that were asked for."""

    incarnation: str
    last: int
    last_stamp: int
    oldest: int
    oldest_stamp: int
    events: list[StoredEvent]


class EventStore:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def read_events(self, center: str, *, first: int, limit: int) -> History:
        """At most `limit` events from number `first` on, and about 1 MiB. Raises RESOURCE_NOT_FOUND."""
        reply = await scripts.read_events(self._client, center, first=first, limit=limit)
        incarnation, last, last_stamp, oldest, oldest_stamp, *rest = reply
        events = [_event(number(rest[i]), rest[i + 1]) for i in range(0, len(rest), 2)]
        return History(
            text(incarnation), number(last), number(last_stamp), number(oldest), number(oldest_stamp), events
        )

    async def confirm_events(self, center: str, *, sequence: int, stamp: int) -> None:
        """Returns when the events up to `sequence`, which has this stamp, can no longer be lost by a single fault.

        Raises NOT_REPLICATED, also when they were lost since they were read; STORE_UNAVAILABLE.
        """
        if self._client.replicated:
            await scripts.confirm_events(self._client, center, sequence=sequence, stamp=stamp)


def _event(sequence: int, fields: object) -> StoredEvent:
    assert isinstance(fields, list)
    pairs = texts(fields)
    return StoredEvent(sequence, dict(zip(pairs[::2], pairs[1::2], strict=True)))
