"""A center rebuilt from its events alone, as any consumer of the feed could."""

from dataclasses import dataclass, field

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import Agent
from acd.v1.center_pb2 import Center
from acd.v1.contact_pb2 import Contact
from acd.v1.event_pb2 import Event
from acd.v1.skill_pb2 import Skill


@dataclass
class Replica:
    """Takes events in order. What a document already contains is passed over."""

    center: Center = field(default_factory=Center)
    agents: dict[str, Agent] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    skills: dict[str, Skill] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        if event.HasField("contact"):
            self._take_contact(event)
        if event.HasField("agent"):
            self._take_agent(event)
        if event.HasField("center") and event.center.sequence > self.center.sequence:
            self.center = event.center
        if event.HasField("skill"):
            self.skills[event.skill.name] = event.skill
            if event.type == events.EVENT_TYPE_SKILL_DELETED:
                del self.skills[event.skill.name]

    def _take_contact(self, event: Event) -> None:
        known = self.contacts.get(event.contact.name)
        if known is not None and known.sequence >= event.contact.sequence:
            return
        contact = Contact()
        contact.CopyFrom(event.contact)
        # Attributes come but once.
        if known is not None and not contact.attributes:
            contact.attributes.update(known.attributes)
        self.contacts[contact.name] = contact

    def _take_agent(self, event: Event) -> None:
        known = self.agents.get(event.agent.name)
        if event.type == events.EVENT_TYPE_AGENT_DELETED:
            self.agents.pop(event.agent.name, None)
        elif known is None or known.sequence < event.agent.sequence:
            self.agents[event.agent.name] = event.agent
