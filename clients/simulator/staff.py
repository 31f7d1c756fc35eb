"""Agents: they sign in, answer what the feed offers them, talk, write notes, take breaks, go home.

All that an agent does with a contact follows an event of the feed by a time that was drawn before.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_NOT_READY, PRESENCE_OFFLINE, Agent, AgentSkill, Presence
from acd.v1.agent_service_pb2 import CreateAgentRequest, SetAgentStateRequest
from acd.v1.contact_pb2 import Contact
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
from simulator.day import Day, OfferDraws
from simulator.extras import Extras
from simulator.line import insist, request_id
from simulator.model import micros
from simulator.timeline import Timeline

BREAK_REASON = "break"


class Staff:
    """All agents of a day."""

    def __init__(
        self,
        client: AcdClient,
        center: str,
        day: Day,
        callers: Callers,
        book: ClientBook,
        *,
        extras: Extras | None = None,
    ) -> None:
        self._client = client
        self._center = center
        self._policy = day.policy
        self._plans = {agent_name(center, plan.id): plan for plan in day.agents}
        self._draws = OfferDraws(day.seed, day.agents)
        self._callers = callers
        self._extras = extras or Extras()
        self._book = book
        self._notes: dict[str, float] = {}
        """Assignment to the time of notes that its agent will take; seconds of the day."""

    async def create(self) -> None:
        for plan in self._plans.values():
            skills = [AgentSkill(skill_id=skill, level=level) for skill, level in plan.skills.items()]
            agent = Agent(skills=skills)
            agent.MergeFrom(self._extras.agent(plan))
            request = CreateAgentRequest(
                parent=center_name(self._center), agent_id=plan.id, agent=agent, request_id=request_id()
            )
            await insist(self._client.agents.create_agent, request)

    def begin(self, timeline: Timeline) -> None:
        """Sets the signing in and out, and the breaks, for their times."""
        for name, plan in self._plans.items():
            timeline.at(plan.start, partial(self.set, name, PRESENCE_AVAILABLE))
            for start, end in plan.breaks:
                timeline.at(start, partial(self.set, name, PRESENCE_NOT_READY, BREAK_REASON))
                timeline.at(end, partial(self.set, name, PRESENCE_AVAILABLE))
            timeline.at(plan.end, partial(self.set, name, PRESENCE_OFFLINE))

    def take(self, event: Event, timeline: Timeline) -> None:
        """Has the agent of an event react to it in his time."""
        moment = timeline.moment(micros(event.event_time))
        name = event.assignment.name
        if event.type == events.EVENT_TYPE_CONTACT_OFFERED:
            self._offered(event, moment, timeline)
        elif event.type == events.EVENT_TYPE_CONTACT_ACCEPTED:
            service = self._extras.service(event, self._callers.by_name[event.contact.name])
            call = service.call or self._complete
            timeline.at(moment + service.seconds, partial(self._try, service.verb, call, name))
        elif event.type == events.EVENT_TYPE_CONTACT_WRAP_UP:
            notes = self._notes.pop(name)
            if notes < self._policy.wrap_up_time:
                timeline.at(moment + notes, partial(self._try, "finish", self._finish, name))

    def _offered(self, event: Event, moment: float, timeline: Timeline) -> None:
        name, agent = event.assignment.name, event.assignment.agent
        draw = self._draws.next(self._plans[agent].id)
        self._notes[name] = draw.wrap_up
        if self._policy.auto_accept:
            return
        if draw.mood == "decline":
            timeline.at(moment + draw.answer, partial(self._try, "decline", self._decline, name))
        elif draw.mood == "accept":
            timeline.at(moment + draw.answer, partial(self._try, "accept", self._accept, name))

    async def set(self, name: str, presence: "Presence.ValueType", reason: str = "") -> int:
        """Sets an agent's presence; the sequence of that."""
        request = SetAgentStateRequest(name=name, presence=presence, reason=reason, request_id=request_id())
        reply = await insist(self._client.agents.set_agent_state, request)
        return reply.agent.sequence

    async def _try(self, verb: str, call: Callable[[str], Awaitable[Contact]], assignment: str) -> int:
        try:
            contact = await call(assignment)
        except AcdApiError as error:
            # The caller left, or the offer ran out, in the same moment.
            self._book.refusals[f"{verb}: {error.reason}"] += 1
            return 0
        return contact.sequence

    async def _accept(self, assignment: str) -> Contact:
        request = AcceptAssignmentRequest(name=assignment, request_id=request_id())
        reply = await insist(self._client.contacts.accept_assignment, request)
        self._book.note_accept(reply.contact, assignment)
        return reply.contact

    async def _decline(self, assignment: str) -> Contact:
        request = DeclineAssignmentRequest(name=assignment, request_id=request_id())
        reply = await insist(self._client.contacts.decline_assignment, request)
        self._book.note(reply.contact)
        return reply.contact

    async def _complete(self, assignment: str) -> Contact:
        request = CompleteContactRequest(name=assignment, request_id=request_id())
        reply = await insist(self._client.contacts.complete_contact, request)
        self._book.note(reply.contact)
        return reply.contact

    async def _finish(self, assignment: str) -> Contact:
        request = FinishWrapUpRequest(name=assignment, request_id=request_id())
        reply = await insist(self._client.contacts.finish_wrap_up, request)
        self._book.note(reply.contact)
        return reply.contact
