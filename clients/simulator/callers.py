"""Callers: they come, wait, and hang up when their patience ends before an answer."""

import asyncio
import time
from functools import partial

from acd.v1.contact_pb2 import Contact, SkillRequirement
from acd.v1.contact_service_pb2 import AbandonContactRequest, EnqueueContactRequest
from acd_client import AcdApiError, AcdClient
from acd_client.names import center_name, contact_name
from simulator.books import ClientBook
from simulator.day import Caller, Clock
from simulator.line import insist, request_id


class Callers:
    """Enqueues every caller of a day at his time and abandons who waits too long."""

    def __init__(self, client: AcdClient, center: str, callers: list[Caller], book: ClientBook) -> None:
        self._client = client
        self._center = center
        self._callers = callers
        self._book = book
        self._patience: dict[str, asyncio.TimerHandle] = {}
        self._answered: set[str] = set()
        self.by_name = {contact_name(center, caller.id): caller for caller in callers}
        self.sent: dict[str, float] = {}
        """When each contact was sent, by `time.perf_counter`: a loop's own time may be whole milliseconds."""
        self.confirmed = 0
        """Contacts about whose enqueueing the router has answered."""

    @property
    def busy(self) -> bool:
        """Whether somebody is still to come, to be confirmed, or may still hang up."""
        return self.confirmed < len(self.by_name) or bool(self._patience)

    async def play(self, clock: Clock, calls: asyncio.TaskGroup) -> None:
        """Ends when everybody has come; what they do then runs in `calls`."""
        for name, caller in self.by_name.items():
            await clock.until(caller.arrival)
            calls.create_task(self._come(name, caller, clock, calls))

    def answered(self, contact: str) -> None:
        """An agent took the contact, or it is at its end: nobody hangs up any more."""
        self._answered.add(contact)
        timer = self._patience.pop(contact, None)
        if timer:
            timer.cancel()

    async def _come(self, name: str, caller: Caller, clock: Clock, calls: asyncio.TaskGroup) -> None:
        self.sent[name] = time.perf_counter()
        request = EnqueueContactRequest(
            parent=center_name(self._center),
            contact_id=caller.id,
            contact=Contact(
                channel=caller.channel,
                priority=caller.priority,
                required_skills=[
                    SkillRequirement(skill_id=skill, min_level=level) for skill, level in caller.skills.items()
                ],
            ),
            request_id=request_id(),
        )
        try:
            reply = await insist(self._client.contacts.enqueue_contact, request)
        except AcdApiError as error:
            self._book.refusals[f"enqueue: {error.reason}"] += 1
            return
        finally:
            self.confirmed += 1
        self._book.note(reply.contact)
        if name not in self._answered:
            leave = partial(self._leave, name, calls)
            rest = caller.patience / clock.speed - (time.perf_counter() - self.sent[name])
            self._patience[name] = asyncio.get_running_loop().call_later(max(0.0, rest), leave)

    def _leave(self, name: str, calls: asyncio.TaskGroup) -> None:
        self._patience.pop(name)
        calls.create_task(self._hang_up(name))

    async def _hang_up(self, name: str) -> None:
        try:
            reply = await insist(
                self._client.contacts.abandon_contact, AbandonContactRequest(name=name, request_id=request_id())
            )
        except AcdApiError as error:
            # WRONG_STATE: an agent answered in the same moment.
            self._book.refusals[f"abandon: {error.reason}"] += 1
            return
        self._book.note(reply.contact)
