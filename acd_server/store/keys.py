"""The keys of a center, and the one place where an id becomes part of a key.

Scripts get `prefix(center)` as KEYS[1] and build the rest in `lua/lib/keys.lua`; the
families below are all there are, and a test compares the two.
"""

from acd_server.names import SLUG

REGISTRY = "{_}:"
"""Prefix of what belongs to no center: `centers`, `meta`. `_` is no legal center id."""

WAKE_CHANNEL = "acd:wake"
"""Scripts publish a center's id here when it has events, work or an earlier deadline."""

REGISTRY_FAMILIES = {
    "centers": "zset",  # ids of centers
    "meta": "hash",  # layout version, document kind, clock
}

FAMILIES = {
    "agent": "document",  # :agent
    "agent_skills": "hash",  # agent -> ,skill=level,... for quick comparison
    "agents": "zset",  # by id; with :presence those with that presence
    "attributes": "document",  # :contact, what the caller attached
    "available": "zset",  # :channel and :channel:skill, agents by start of idle time
    "candidates": "zset",  # :class, free agents that satisfy it
    "center": "hash",  # state and policy
    "class": "zset",  # :class, waiting contacts by rank
    "classes": "hash",  # class -> its requirement
    "clock": "hash",  # sequence, stamp, bytes of events, incarnation, touches
    "confirmed": "string",  # sequence up to which events are replicated
    "contact": "document",  # :contact
    "contacts": "zset",  # by enqueue time; with :state those in that state
    "counts": "hash",  # agents by activity
    "deadlines": "zset",  # kind:ids by due time
    "events": "stream",
    "excluded": "set",  # :channel, agents who could never have room for it
    "handled": "hash",  # channel:slot -> slot, contacts and sum of their handle times
    "heads": "zset",  # classes by the rank of their first contact
    "history": "list",  # marks by which events are forgotten
    "jobs": "hash",  # where a job that goes in steps stands
    "last_offers": "zset",  # agents by the time of their last offer
    "live_skills": "set",  # those that are not being deleted
    "loads": "zset",  # agents by the share of their capacity in use, as of when they were last listed as available
    "marked": "zset",  # classes that may have an agent, like heads
    "meetings": "hash",  # agent of unmet -> where making him known to classes stands
    "owner": "zset",  # :owner, its waiting contacts
    "queue": "zset",  # the universal queue, by rank
    "request": "string",  # :request id, the remembered reply
    "signed_in": "zset",  # :skill, who is signed in and holds it, by level
    "skill": "document",  # :skill
    "skill_agents": "zset",  # :skill, who holds it
    "skill_contacts": "zset",  # :skill, waiting contacts that require it
    "skills": "zset",  # by id
    "stepped": "zset",  # class:contact, waiting contacts that have another relaxation step
    "turn": "string",  # on the virtual clock: who acts now, dispatchers or caller; none before the first AdvanceClock
    "unmet": "zset",  # agents by start of idle time who are free and not known to all classes yet
    "virtual_time": "string",  # the virtual clock
    "waiting_classes": "set",  # :skill, classes whose first skill it is; without, those that require none
    "walks": "hash",  # class -> where its walk stands
}


def prefix(center: str) -> str:
    """KEYS[1] of every script of a center. The braces make the slot."""
    if not SLUG.fullmatch(center):
        raise ValueError(f"not a checked center id: {center!r}")
    return f"{{{center}}}:"
