"""Why contacts wait and agents idle: what `explain_routing` says, as messages."""

import json
from collections.abc import Mapping
from typing import Any

from acd.v1 import agent_pb2, explanation_pb2
from acd_server import names
from acd_server.store import records, scripts
from acd_server.store.client import Client
from acd_server.store.replies import raw

_DEADLINES = {
    None: explanation_pb2.CONTACT_DEADLINE_UNSPECIFIED,
    "maxwait": explanation_pb2.CONTACT_DEADLINE_MAX_WAIT,
    "bar": explanation_pb2.CONTACT_DEADLINE_BAR,
    "overflow": explanation_pb2.CONTACT_DEADLINE_OVERFLOW,
    "preferred": explanation_pb2.CONTACT_DEADLINE_PREFERENCE,
    "step": explanation_pb2.CONTACT_DEADLINE_RELAXATION,
}


class ExplanationStore:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def _explain(self, center: str, kind: str, subject: str) -> Mapping[str, Any]:
        (found,) = await scripts.explain_routing(self._client, center, kind=kind, subject=subject)
        record: Mapping[str, Any] = json.loads(raw(found))
        return record

    async def explain_contact(self, center: str, contact: str) -> explanation_pb2.ContactExplanation:
        """Raises RESOURCE_NOT_FOUND, WRONG_STATE."""
        record = await self._explain(center, "contact", contact)
        required = records.requirement(record["requirement"])
        # The script's empty table is a list.
        deadline = record["deadline"] or {}
        return explanation_pb2.ContactExplanation(
            name=names.contact_name(center, contact),
            reason=explanation_pb2.WaitReason.Value(f"WAIT_REASON_{record['reason']}"),
            channel=required.channel,
            required_skills=required.skills,
            barred_agents=[names.agent_name(center, agent) for agent in required.barred],
            preferred_agents=[names.agent_name(center, agent) for agent in required.preferred],
            preferred_until=records.timestamp(record.get("preferred_until", "")),
            rank=int(record["rank"]),
            position=record["position"],
            class_position=record["class_position"],
            agents=explanation_pb2.AgentCensus(**record["agents"]),
            next_deadline=_DEADLINES[deadline.get("kind")],
            next_deadline_time=records.timestamp(deadline.get("due", "")),
            relaxation_step=record["step"],
            relaxation_step_count=record["steps"],
        )

    async def explain_agent(self, center: str, agent: str) -> explanation_pb2.AgentExplanation:
        """Raises RESOURCE_NOT_FOUND."""
        record = await self._explain(center, "agent", agent)
        return explanation_pb2.AgentExplanation(
            name=names.agent_name(center, agent),
            reason=explanation_pb2.IdleReason.Value(f"IDLE_REASON_{record['reason']}"),
            presence=agent_pb2.Presence.Value(f"PRESENCE_{record['presence']}"),
            activity=agent_pb2.Activity.Value(f"ACTIVITY_{record['activity']}"),
            classes=[_servable(found) for found in record["classes"]],
            complete=record["complete"],
        )


def _servable(record: Mapping[str, Any]) -> explanation_pb2.ServableClass:
    required = records.requirement(record["requirement"])
    return explanation_pb2.ServableClass(
        channel=required.channel, required_skills=required.skills, waiting=record["waiting"], barred=record["barred"]
    )
