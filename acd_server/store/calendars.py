"""Calendars of centers: their changes, computed ahead and stored."""

import json

from acd_server.hours import next_changes
from acd_server.store import scripts
from acd_server.store.client import Client
from acd_server.store.replies import number, text


class CalendarStore:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def refresh(self, center: str) -> None:
        """Computes the next changes of the center's calendar from its clock on, and stores them.

        Harmless to repeat. Raises RESOURCE_NOT_FOUND.
        """
        calendar, revision, now = await scripts.get_calendar(self._client, center)
        found = text(calendar)
        if not found:
            return
        is_open, changes = next_changes(json.loads(found), number(now))
        await scripts.set_calendar_changes(
            self._client,
            center,
            revision=text(revision),
            state="OPEN" if is_open else "CLOSED",
            changes=",".join(f"{change.at} {'OPEN' if change.open else 'CLOSED'}" for change in changes),
        )
