"""Contacts and their assignments."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from acd.v1 import contact_pb2, contact_service_pb2
from acd_server.store import records, scripts
from acd_server.store.client import Client
from acd_server.store.replies import number, raw, text, texts
from acd_server.store.requests import NO_REQUEST, RequestKey
from acd_server.store.scripts import Argument, Reply
from acd_server.telemetry import observe_matches

ContactAndAssignment = tuple[contact_pb2.Contact, contact_pb2.Assignment]


_ALLOWANCE_US = 10_000_000
"""Added to every estimate; the same as in lua/lib/estimate_wait.lua."""


def _wait_estimate(inputs: list[Any]) -> contact_service_pb2.WaitEstimate:
    handle_time, handled, active, available, queued, complete = inputs
    mean = text(handle_time)
    return contact_service_pb2.WaitEstimate(
        handle_time=records.duration(int(mean)) if mean else None,
        handled_count=number(handled),
        active_agents=float(text(active)),
        available_agents=float(text(available)),
        queued=float(text(queued)),
        allowance=records.duration(_ALLOWANCE_US),
        complete=bool(complete),
    )


RelaxationStep = tuple[int, Mapping[str, int]]
"""How long the step before it holds, in microseconds, and the skills required then."""


def _plan_json(plan: Mapping[str, int | str], relaxation: Sequence[RelaxationStep]) -> str:
    if not plan and not relaxation:
        return "{}"
    given: dict[str, Any] = {field: str(value) for field, value in plan.items()}
    if relaxation:
        given["steps"] = [{"after": after, "skills": records.skill_list(skills)} for after, skills in relaxation]
    return json.dumps(given)


class ContactStore:
    def __init__(self, client: Client, *, max_waiting: int, max_classes: int) -> None:
        self._client = client
        self._max_waiting = max_waiting
        self._max_classes = max_classes

    async def enqueue_contact(
        self,
        center: str,
        contact: str,
        *,
        channel: str,
        skills: Mapping[str, int],
        priority: int,
        attributes: Mapping[str, str],
        owner: str,
        owner_lease: int,
        plan: Mapping[str, int | str] | None = None,
        relaxation: Sequence[RelaxationStep] = (),
        match_one: bool = False,
        request: RequestKey | None,
    ) -> contact_pb2.Contact:
        """Puts a contact in the queue; `owner_lease` in microseconds, 0 leaves it as it is.

        `plan` has the `time` to do so and what goes with it: see enqueue_contact.lua. Each step of `relaxation`
        requires less than the one before it. With `match_one` an agent who is free gets an offer in the same step: of
        this contact, or of the one that is due before it. The contact is returned as it was enqueued.

        Raises RESOURCE_NOT_FOUND, CENTER_CLOSED, RESOURCE_EXISTS, SKILL_DELETING, QUEUE_FULL,
        TOO_MANY_CLASSES, REQUEST_ID_REUSED.
        """
        request = request or NO_REQUEST
        stored, attached, *offers = await scripts.enqueue_contact(
            self._client,
            center,
            contact_id=contact,
            channel=channel,
            skills=records.skills_json(skills),
            priority=priority,
            attributes=json.dumps(dict(attributes), ensure_ascii=False) if attributes else "",
            owner=owner,
            owner_lease=owner_lease,
            plan=_plan_json(plan or {}, relaxation),
            max_waiting=self._max_waiting,
            max_classes=self._max_classes,
            match_one=int(match_one),
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        if offers and (made := number(offers[0])):
            observe_matches(made)
        return records.contact(center, raw(stored), raw(attached))

    async def renew_owner(self, center: str, owner: str, *, owner_lease: int) -> contact_service_pb2.RenewOwnerResponse:
        """Renews an owner's lease, in microseconds from now. Raises RESOURCE_NOT_FOUND."""
        waiting, due = await scripts.renew_owner(self._client, center, owner=owner, owner_lease=owner_lease)
        return contact_service_pb2.RenewOwnerResponse(
            waiting_count=number(waiting), expire_time=records.timestamp(raw(due))
        )

    async def get_contact(self, center: str, contact: str) -> contact_pb2.Contact:
        """Raises RESOURCE_NOT_FOUND."""
        stored, attached = await scripts.get_contact(self._client, center, contact_id=contact)
        return records.contact(center, raw(stored), raw(attached))

    async def list_contacts(
        self, center: str, *, state: str, after: str, limit: int
    ) -> tuple[list[contact_pb2.Contact], str]:
        """A page of contacts by enqueue time, and where to go on ("" at the end)."""
        reply = await scripts.list_contacts(self._client, center, state=state, after=after, limit=limit)
        after, *found = texts(reply)
        pairs = zip(found[::2], found[1::2], strict=True)
        return [records.contact(center, stored, attached) for stored, attached in pairs], after

    async def get_queue_position(self, center: str, contact: str) -> contact_service_pb2.GetQueuePositionResponse:
        """Raises RESOURCE_NOT_FOUND, WRONG_STATE."""
        position, in_class, waiting, enqueued, wait, *inputs = await scripts.get_queue_position(
            self._client, center, contact_id=contact
        )
        known = text(wait)
        return contact_service_pb2.GetQueuePositionResponse(
            position=number(position),
            class_position=number(in_class),
            waiting_count=number(waiting),
            enqueue_time=records.timestamp(text(enqueued)),
            estimated_wait=records.duration(int(known)) if known else None,
            estimate=_wait_estimate(inputs),
        )

    async def _quote(
        self,
        verb: Callable[..., Awaitable[Reply]],
        center: str,
        contact: str,
        assignment: int,
        request: RequestKey | None,
        **more: Argument,
    ) -> ContactAndAssignment:
        request = request or NO_REQUEST
        stored, quoted, attached = await verb(
            self._client,
            center,
            contact_id=contact,
            number=assignment,
            **more,
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.contact_and_assignment(center, raw(stored), number(quoted), raw(attached))

    async def accept_assignment(
        self, center: str, contact: str, assignment: int, *, request: RequestKey | None
    ) -> ContactAndAssignment:
        """Raises RESOURCE_NOT_FOUND, STALE_ASSIGNMENT, WRONG_STATE, REQUEST_ID_REUSED; so do the next four."""
        return await self._quote(scripts.accept_assignment, center, contact, assignment, request)

    async def decline_assignment(
        self, center: str, contact: str, assignment: int, *, retry_after: int | None = None, request: RequestKey | None
    ) -> ContactAndAssignment:
        """`retry_after` in microseconds; None: as the policy says."""
        after = "" if retry_after is None else str(retry_after)
        return await self._quote(scripts.decline_assignment, center, contact, assignment, request, retry_after=after)

    async def complete_contact(
        self, center: str, contact: str, assignment: int, *, request: RequestKey | None
    ) -> ContactAndAssignment:
        return await self._quote(scripts.complete_contact, center, contact, assignment, request)

    async def transfer_contact(
        self,
        center: str,
        contact: str,
        assignment: int,
        *,
        skills: Mapping[str, int] | None,
        agent: str,
        target_wait: int,
        request: RequestKey | None,
    ) -> ContactAndAssignment:
        """To skills, or to an agent for `target_wait` microseconds. Raises SKILL_DELETING, too."""
        return await self._quote(
            scripts.transfer_contact,
            center,
            contact,
            assignment,
            request,
            skills="" if skills is None else records.skills_json(skills),
            agent_id=agent,
            target_wait=target_wait,
        )

    async def pull_contact(
        self, center: str, agent: str, contact: str, *, request: RequestKey | None
    ) -> ContactAndAssignment:
        """Raises RESOURCE_NOT_FOUND, CENTER_CLOSED, WRONG_STATE, NOT_ELIGIBLE, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        stored, taken, attached = await scripts.pull_contact(
            self._client,
            center,
            agent_id=agent,
            contact_id=contact,
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.contact_and_assignment(center, raw(stored), number(taken), raw(attached))

    async def reschedule_contact(
        self, center: str, contact: str, assignment: int, *, delay: int | None = None, request: RequestKey | None
    ) -> ContactAndAssignment:
        """`delay` in microseconds; None: as the contact says."""
        after = "" if delay is None else str(delay)
        return await self._quote(scripts.reschedule_contact, center, contact, assignment, request, delay=after)

    async def extend_wrap_up(
        self, center: str, contact: str, assignment: int, *, remaining: int, request: RequestKey | None
    ) -> ContactAndAssignment:
        """`remaining` in microseconds from now. Raises LIMIT_EXCEEDED, too."""
        return await self._quote(scripts.extend_wrap_up, center, contact, assignment, request, remaining=remaining)

    async def finish_wrap_up(
        self, center: str, contact: str, assignment: int, *, request: RequestKey | None
    ) -> ContactAndAssignment:
        return await self._quote(scripts.finish_wrap_up, center, contact, assignment, request)

    async def requeue_contact(
        self, center: str, contact: str, assignment: int, *, request: RequestKey | None
    ) -> ContactAndAssignment:
        return await self._quote(scripts.requeue_contact, center, contact, assignment, request)

    async def _leave(
        self, verb: Callable[..., Awaitable[Reply]], center: str, contact: str, request: RequestKey | None
    ) -> contact_pb2.Contact:
        request = request or NO_REQUEST
        stored, attached = await verb(
            self._client, center, contact_id=contact, request_id=request.id, fingerprint=request.fingerprint
        )
        return records.contact(center, raw(stored), raw(attached))

    async def abandon_contact(self, center: str, contact: str, *, request: RequestKey | None) -> contact_pb2.Contact:
        """Raises RESOURCE_NOT_FOUND, WRONG_STATE, REQUEST_ID_REUSED; so does the next."""
        return await self._leave(scripts.abandon_contact, center, contact, request)

    async def cancel_contact(self, center: str, contact: str, *, request: RequestKey | None) -> contact_pb2.Contact:
        return await self._leave(scripts.cancel_contact, center, contact, request)

    async def reprioritize_contact(
        self, center: str, contact: str, *, priority: int, credit: int | None, request: RequestKey | None
    ) -> contact_pb2.Contact:
        """`credit` in microseconds; None leaves it. Raises RESOURCE_NOT_FOUND, WRONG_STATE, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        stored, attached = await scripts.reprioritize_contact(
            self._client,
            center,
            contact_id=contact,
            priority=priority,
            credit="" if credit is None else str(credit),
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.contact(center, raw(stored), raw(attached))
