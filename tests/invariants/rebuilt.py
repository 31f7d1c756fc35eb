"""What the events of a store's center say, against its documents."""

from typing import Any

from acd_server.feed_events import to_event
from acd_server.store import records
from acd_server.store.events import StoredEvent
from tests.support.rebuild import Replica


def compare_with_events(center: str, space: dict[str, Any]) -> None:
    """Every document is what its events say; who knows an ended contact that was forgotten knows too much, no more."""
    replica = Replica()
    for entry, parts in space["events"]:
        fields = dict(zip(parts[::2], parts[1::2], strict=True))
        stored = StoredEvent(int(entry.split("-")[0]), fields)
        replica.take(to_event(center, stored))
    agents = [records.agent(center, text) for key, text in space.items() if key.startswith("agent:")]
    assert replica.agents == {agent.name: agent for agent in agents}
    contacts = [
        records.contact(center, text, space.get(f"attributes:{key.split(':', 1)[1]}", b""))
        for key, text in space.items()
        if key.startswith("contact:")
    ]
    for contact in contacts:
        assert replica.contacts[contact.name] == contact
    gone = replica.contacts.keys() - {contact.name for contact in contacts}
    assert all(replica.contacts[name].HasField("end_time") for name in gone)
