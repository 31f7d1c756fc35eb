"""Agents: their skills and their chosen state."""

import json
from collections.abc import Mapping
from typing import Any

from acd.v1 import agent_pb2, agent_service_pb2
from acd_server.store import records, scripts
from acd_server.store.client import Client
from acd_server.store.replies import number, raw, texts
from acd_server.store.requests import NO_REQUEST, RequestKey

MAX_AGENTS = 10_000
"""Agents per center."""

MAX_AGENT_SKILLS = 64

Costs = Mapping[str, Mapping[str, int]]
"""Channel → `cost` and `most`, each optional."""


class AgentStore:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def create_agent(
        self,
        center: str,
        agent: str,
        *,
        display_name: str,
        skills: Mapping[str, int],
        capacity: int = 0,
        costs: Costs | None = None,
        request: RequestKey | None,
    ) -> agent_pb2.Agent:
        """Raises RESOURCE_NOT_FOUND, RESOURCE_EXISTS, SKILL_DELETING, LIMIT_EXCEEDED, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (text,) = await scripts.create_agent(
            self._client,
            center,
            agent_id=agent,
            display_name=display_name,
            skills=records.skills_json(skills),
            capacity=json.dumps(({"capacity": capacity} if capacity else {}) | ({"costs": costs} if costs else {})),
            max_agents=MAX_AGENTS,
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.agent(center, raw(text))

    async def get_agent(self, center: str, agent: str) -> agent_pb2.Agent:
        """Raises RESOURCE_NOT_FOUND."""
        (text,) = await scripts.get_agent(self._client, center, agent_id=agent)
        return records.agent(center, raw(text))

    async def list_agents(
        self, center: str, *, presence: str, after: str, limit: int
    ) -> tuple[list[agent_pb2.Agent], str]:
        """A page of agents by id, and the id to go on after ("" at the end)."""
        reply = await scripts.list_agents(self._client, center, presence=presence, after=after, limit=limit)
        after, *found = texts(reply)
        return [records.agent(center, text) for text in found], after

    async def update_agent(
        self,
        center: str,
        agent: str,
        *,
        display_name: str | None,
        skills: Mapping[str, int] | None,
        capacity: int | None = None,
        costs: Costs | None = None,
        request: RequestKey | None,
    ) -> agent_pb2.Agent:
        """Raises RESOURCE_NOT_FOUND, SKILL_DELETING, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        changes: dict[str, Any] = {}
        if display_name is not None:
            changes["display_name"] = display_name
        if skills is not None:
            changes["skills"] = json.loads(records.skills_json(skills))
        if capacity is not None:
            changes["capacity"] = capacity
        if costs is not None:
            changes["costs"] = costs
        (text,) = await scripts.update_agent(
            self._client,
            center,
            agent_id=agent,
            changes=json.dumps(changes),
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.agent(center, raw(text))

    async def delete_agent(self, center: str, agent: str, *, request: RequestKey | None) -> None:
        """Raises RESOURCE_NOT_FOUND, AGENT_HAS_WORK, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        await scripts.delete_agent(
            self._client, center, agent_id=agent, request_id=request.id, fingerprint=request.fingerprint
        )

    async def add_agent_skill(
        self, center: str, agent: str, skill: str, level: int, *, request: RequestKey | None
    ) -> agent_pb2.Agent:
        """Raises RESOURCE_NOT_FOUND, SKILL_DELETING, LIMIT_EXCEEDED, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (text,) = await scripts.add_agent_skill(
            self._client,
            center,
            agent_id=agent,
            skill_id=skill,
            level=level,
            max_skills=MAX_AGENT_SKILLS,
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.agent(center, raw(text))

    async def remove_agent_skill(
        self, center: str, agent: str, skill: str, *, request: RequestKey | None
    ) -> agent_pb2.Agent:
        """Raises RESOURCE_NOT_FOUND, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (text,) = await scripts.remove_agent_skill(
            self._client,
            center,
            agent_id=agent,
            skill_id=skill,
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.agent(center, raw(text))

    async def set_agent_state(
        self,
        center: str,
        agent: str,
        *,
        presence: str,
        reason: str,
        after_work: bool = False,
        request: RequestKey | None,
    ) -> agent_pb2.Agent:
        """Raises RESOURCE_NOT_FOUND, UNKNOWN_REASON, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (text,) = await scripts.set_agent_state(
            self._client,
            center,
            agent_id=agent,
            presence=presence,
            reason=reason,
            after_work=int(after_work),
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.agent(center, raw(text))

    async def renew_agent_lease(self, center: str, agent: str) -> agent_service_pb2.RenewAgentLeaseResponse:
        """Raises RESOURCE_NOT_FOUND, WRONG_STATE."""
        due, lease = await scripts.renew_agent_lease(self._client, center, agent_id=agent)
        return agent_service_pb2.RenewAgentLeaseResponse(
            expire_time=records.timestamp(raw(due)), agent_lease=records.duration(number(lease))
        )
