"""What dispatchers ask for: work, matching, deadlines."""

import json
from typing import NamedTuple

from acd.v1 import dispatch_service_pb2
from acd_server.store import records, scripts
from acd_server.store.calendars import CalendarStore
from acd_server.store.client import Client
from acd_server.store.replies import number, raw, text


class Work(NamedTuple):
    """What there is to do in a center."""

    matchable: bool
    due_in: int | None
    """Microseconds until the next deadline, not negative; None: there is none."""
    waiting: int
    """Contacts in the queue."""


def _due_in(part: object) -> int | None:
    return int(found) if (found := text(part)) else None


class DispatchStore:
    def __init__(self, client: Client, calendars: CalendarStore) -> None:
        self._client = client
        self._calendars = calendars

    async def get_work(self, center: str) -> Work:
        """Raises RESOURCE_NOT_FOUND."""
        matchable, due_in, waiting = await scripts.get_work(self._client, center)
        return Work(bool(matchable), _due_in(due_in), number(waiting))

    async def match_contacts(self, center: str, *, max_pairs: int) -> dispatch_service_pb2.MatchContactsResponse:
        """Raises RESOURCE_NOT_FOUND."""
        more, *pairs = await scripts.match_contacts(self._client, center, max_pairs=max_pairs)
        return dispatch_service_pb2.MatchContactsResponse(
            assignments=[
                records.assignment(center, text(contact), json.loads(raw(assignment)))
                for contact, assignment in zip(pairs[::2], pairs[1::2], strict=True)
            ],
            more=bool(more),
        )

    async def fire_deadlines(self, center: str, *, max_count: int) -> dispatch_service_pb2.FireDeadlinesResponse:
        """Raises RESOURCE_NOT_FOUND."""
        fired, more, due_in, hours = await scripts.fire_deadlines(self._client, center, max_count=max_count)
        if hours:
            await self._calendars.refresh(center)
        due = _due_in(due_in)
        return dispatch_service_pb2.FireDeadlinesResponse(
            fired_count=number(fired),
            more=bool(more),
            due_in=None if due is None else records.duration(due),
        )
