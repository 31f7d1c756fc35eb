"""Callers: they come, wait, and hang up when their patience ends before an answer."""

import math
import time
from dataclasses import replace
from functools import partial

from acd.v1.contact_pb2 import Contact, SkillRequirement
from acd.v1.contact_service_pb2 import AbandonContactRequest, EnqueueContactRequest
from acd_client import AcdApiError, AcdClient
from acd_client.names import center_name, contact_name
from simulator.books import ClientBook
from simulator.day import Caller
from simulator.extras import Extras
from simulator.line import insist, request_id
from simulator.timeline import Handle, Timeline


class Callers:
    """Enqueues every caller of a day at his time and abandons who waits too long.

    Patience counts from the moment of the call. Who hangs up may call again (`Caller.again`).
    """

    def __init__(
        self, client: AcdClient, center: str, callers: list[Caller], book: ClientBook, *, extras: Extras | None = None
    ) -> None:
        self._client = client
        self._center = center
        self._callers = callers
        self._book = book
        self._extras = extras or Extras()
        self._patience: dict[str, Handle] = {}
        self._answered: set[str] = set()
        self.by_name: dict[str, Caller] = {}
        """Everybody who has come so far."""
        self.sent: dict[str, float] = {}
        """When each contact was sent, by `time.perf_counter`: a loop's own time may be whole milliseconds."""
        self.turned_away: dict[str, float] = {}
        """Contacts that were refused as they should be, by id, and the second of the day."""

    def begin(self, timeline: Timeline) -> None:
        """Sets every arrival for its time."""
        for caller in self._callers:
            self.add(caller, timeline)

    def add(self, caller: Caller, timeline: Timeline) -> None:
        """Sets one more arrival for its time."""
        timeline.at(caller.arrival, partial(self._come, caller, timeline))

    def answered(self, contact: str) -> None:
        """An agent took the contact, or it is at its end: nobody hangs up any more."""
        self._answered.add(contact)
        timer = self._patience.pop(contact, None)
        if timer:
            timer.cancel()

    async def _come(self, caller: Caller, timeline: Timeline) -> int:
        name = contact_name(self._center, caller.id)
        self.by_name[name] = caller
        came = timeline.now()
        self.sent[name] = time.perf_counter()
        try:
            reply = await insist(self._client.contacts.enqueue_contact, self._request(caller))
        except AcdApiError as error:
            if self._extras.turned_away(caller, error.reason):
                self.turned_away[caller.id] = came
                del self.by_name[name]
            else:
                self._book.refusals[f"enqueue: {error.reason}"] += 1
            return 0
        self._book.note(reply.contact)
        if name not in self._answered and math.isfinite(caller.patience):
            leave = partial(self._hang_up, name, caller, timeline)
            self._patience[name] = timeline.at(came + caller.patience, leave)
        return reply.contact.sequence

    def _request(self, caller: Caller) -> EnqueueContactRequest:
        skills = [SkillRequirement(skill_id=skill, min_level=level) for skill, level in caller.skills.items()]
        contact = Contact(channel=caller.channel, priority=caller.priority, required_skills=skills)
        contact.MergeFrom(self._extras.contact(caller))
        return EnqueueContactRequest(
            parent=center_name(self._center), contact_id=caller.id, contact=contact, request_id=request_id()
        )

    async def _hang_up(self, name: str, caller: Caller, timeline: Timeline) -> int:
        self._patience.pop(name, None)
        left = timeline.now()
        try:
            reply = await insist(
                self._client.contacts.abandon_contact, AbandonContactRequest(name=name, request_id=request_id())
            )
        except AcdApiError as error:
            # WRONG_STATE: an agent answered in the same moment.
            self._book.refusals[f"abandon: {error.reason}"] += 1
            return 0
        self._book.note(reply.contact)
        if caller.again is not None:
            again = replace(caller.again, arrival=left + caller.again.arrival)
            self.add(again, timeline)
        return reply.contact.sequence
