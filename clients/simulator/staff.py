"""Agents: they sign in, answer what the feed offers them, talk, write notes, take breaks, go home."""

import asyncio
import random

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY, PRESENCE_OFFLINE, Agent, AgentSkill, Presence
from acd.v1.agent_service_pb2 import CreateAgentRequest, SetAgentStateRequest
from acd.v1.contact_pb2 import CONTACT_STATE_WRAP_UP
from acd.v1.contact_service_pb2 import (
    AcceptAssignmentRequest,
    CompleteContactRequest,
    DeclineAssignmentRequest,
    FinishWrapUpRequest,
)
from acd.v1.event_pb2 import Event
from acd_client import AcdApiError, AcdClient
from acd_client.names import agent_name, center_name
from simulator.books import ClientBook
from simulator.callers import Callers
from simulator.day import AgentPlan, Clock, Day
from simulator.line import insist, request_id

BREAK_REASON = "break"


class Staff:
    """All agents of a day; one small task for each offer, none for an agent who has nothing to do."""

    def __init__(self, client: AcdClient, center: str, day: Day, callers: Callers, book: ClientBook) -> None:
        self._client = client
        self._center = center
        self._habits = day.habits
        self._wrap_up_time = day.policy.wrap_up_time
        self._plans = {agent_name(center, plan.id): plan for plan in day.agents}
        self._draws = {name: random.Random(f"{day.seed} {name}") for name in self._plans}
        self._callers = callers
        self._book = book
        self._work: asyncio.TaskGroup | None = None
        self._clock: Clock | None = None

    async def create(self) -> None:
        for plan in self._plans.values():
            skills = [AgentSkill(skill_id=skill, level=level) for skill, level in plan.skills.items()]
            request = CreateAgentRequest(
                parent=center_name(self._center), agent_id=plan.id, agent=Agent(skills=skills), request_id=request_id()
            )
            await insist(self._client.agents.create_agent, request)

    def play(self, clock: Clock, work: asyncio.TaskGroup) -> None:
        """Starts every shift; what agents do runs in `work`."""
        self._clock, self._work = clock, work
        for name, plan in self._plans.items():
            work.create_task(self._shift(name, plan, clock))

    def offer(self, event: Event) -> None:
        """The feed says that an agent was offered a contact."""
        if self._work is not None and self._clock is not None:
            contact, assignment = event.contact.name, event.assignment
            self._work.create_task(self._serve(assignment.agent, assignment.name, contact, self._clock))

    async def _shift(self, name: str, plan: AgentPlan, clock: Clock) -> None:
        await clock.until(plan.start)
        await self._set(name, PRESENCE_AVAILABLE)
        for start, end in plan.breaks:
            await clock.until(start)
            await self._set(name, PRESENCE_NOT_READY, BREAK_REASON)
            await clock.until(end)
            await self._set(name, PRESENCE_AVAILABLE)
        await clock.until(plan.end)
        await self._set(name, PRESENCE_OFFLINE)

    async def _set(self, name: str, presence: "Presence.ValueType", reason: str = "") -> None:
        request = SetAgentStateRequest(name=name, presence=presence, reason=reason, request_id=request_id())
        await insist(self._client.agents.set_agent_state, request)

    async def _serve(self, agent: str, assignment: str, contact: str, clock: Clock) -> None:
        habits, draw = self._habits, self._draws[agent]
        mood, answer, notes = draw.random(), draw.uniform(*habits.answer), draw.uniform(*habits.wrap_up)
        if mood < habits.miss:
            return
        await clock.sleep(answer)
        verb = "decline" if mood < habits.miss + habits.decline else "accept"
        try:
            if verb == "decline":
                await self._decline(assignment)
                return
            await self._accept(assignment)
            verb = "complete"
            await clock.sleep(self._callers.by_name[contact].service)
            if not await self._complete(assignment) or notes > self._wrap_up_time:
                return
            verb = "finish"
            await clock.sleep(notes)
            await self._finish(assignment)
        except AcdApiError as error:
            # The caller left, or the offer ran out, in the same moment.
            self._book.refusals[f"{verb}: {error.reason}"] += 1

    async def _accept(self, assignment: str) -> None:
        request = AcceptAssignmentRequest(name=assignment, request_id=request_id())
        reply = await insist(self._client.contacts.accept_assignment, request)
        self._book.note_accept(reply.contact, assignment)

    async def _decline(self, assignment: str) -> None:
        request = DeclineAssignmentRequest(name=assignment, request_id=request_id())
        reply = await insist(self._client.contacts.decline_assignment, request)
        self._book.note(reply.contact)

    async def _complete(self, assignment: str) -> bool:
        """True when notes are to be written."""
        request = CompleteContactRequest(name=assignment, request_id=request_id())
        reply = await insist(self._client.contacts.complete_contact, request)
        self._book.note(reply.contact)
        return bool(reply.contact.state == CONTACT_STATE_WRAP_UP)

    async def _finish(self, assignment: str) -> None:
        request = FinishWrapUpRequest(name=assignment, request_id=request_id())
        reply = await insist(self._client.contacts.finish_wrap_up, request)
        self._book.note(reply.contact)
