"""Derives every index of a center from its documents, and compares with what is stored.

What a script writes beside its documents (sets of available agents, classes, deadlines,
counts, …) can all be computed from the documents. `check` does that independently of
the scripts and reports each key that differs. It also checks the invariant of matching:
a class that is not marked has no free agent that satisfies it.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio.connection import AbstractConnection

from acd_server.store import Store, keys
from acd_server.store.lanes import Lane
from acd_server.store.records import contact_record
from store_node import users

CHANNELS = ("VOICE", "CHAT", "EMAIL", "CALLBACK")
WAITING = ("SCHEDULED", "QUEUED", "OFFERED")
ENDED = ("COMPLETED", "ABANDONED", "CANCELED", "EXPIRED")
PRIORITY_WEIGHT = 10**14

Keyspace = dict[str, Any]


def differing(actual: Keyspace, wanted: Keyspace) -> str:
    """What is not the same, each as it is and as it is wanted: for where pytest does not tell."""
    names = sorted(name for name in actual.keys() | wanted.keys() if actual.get(name) != wanted.get(name))
    return "\n".join(f"{name}: {actual.get(name)}, wanted: {wanted.get(name)}" for name in names)


_DUMP = """
local found = {}
for _, name in ipairs(ARGV) do
  local kind, value = redis.call('TYPE', name).ok, ''
  if kind == 'string' then value = redis.call('GET', name)
  elseif kind == 'hash' then value = redis.call('HGETALL', name)
  elseif kind == 'zset' then value = redis.call('ZRANGE', name, 0, -1, 'WITHSCORES')
  elseif kind == 'set' then value = redis.call('SMEMBERS', name)
  elseif kind == 'list' then value = redis.call('LRANGE', name, 0, -1)
  elseif kind == 'ReJSON-RL' then value = redis.call('JSON.GET', name) end
  if kind ~= 'none' then found[#found + 1] = {name, kind, value} end
end
return found
"""
"""Some keys in one call; streams without what is in them."""
AT_ONCE = 1000
"""Keys, or entries of a stream, that are read in one call: a large center must not hold up its store."""


async def dump(store: Store, center: str) -> Keyspace:
    """Every key of a center without its prefix, read by type. Nothing may change meanwhile."""
    prefix, space = keys.prefix(center), {}
    names = await _ask(store, center, "KEYS", f"{prefix}*")
    for first in range(0, len(names), AT_ONCE):
        for name, kind, value in await _ask(store, center, "EVAL", _DUMP, "0", *names[first : first + AT_ONCE]):
            found = await _stream(store, center, name) if kind == b"stream" else value
            space[name.decode().removeprefix(prefix)] = _value(kind.decode(), found)
    return space


async def _stream(store: Store, center: str, name: bytes) -> list[Any]:
    entries: list[Any] = []
    while True:
        start = b"(" + entries[-1][0] if entries else b"-"
        found = await _ask(store, center, "XRANGE", name, start, "+", "COUNT", str(AT_ONCE))
        entries += found
        if len(found) < AT_ONCE:
            return entries


async def forget(store: Store, center: str) -> None:
    """Takes every key of a center away."""
    names = await _ask(store, center, "KEYS", f"{keys.prefix(center)}*")
    await _ask(store, center, "UNLINK", *names)


async def _ask(store: Store, center: str, *command: str | bytes) -> Any:
    """As anybody: the servers' user, which the store may have been opened as, may not look at all keys."""
    topology = store.client.topology
    node = topology.node_of(keys.prefix(center))
    if topology.connection(node).username in (None, users.OPERATOR):
        return await store.client.command(node, *command)
    lane = Lane(lambda: _as_anybody(store, node), wait_replicas=0, wait_ms=0)
    try:
        return await lane.submit(command)
    finally:
        await lane.close()


def _as_anybody(store: Store, node: str) -> AbstractConnection:
    connection = store.client.topology.connection(node)
    connection.username = connection.password = None
    return connection


def _value(kind: str, value: Any) -> Any:
    if kind == "hash":
        return {value[i].decode(): value[i + 1].decode() for i in range(0, len(value), 2)}
    if kind == "zset":
        return {value[i].decode(): float(value[i + 1]) for i in range(0, len(value), 2)}
    if kind == "set":
        return {item.decode() for item in value}
    if kind == "list":
        return [item.decode() for item in value]
    if kind == "stream":
        return [(entry.decode(), [part.decode() for part in fields]) for entry, fields in value]
    return value


@dataclass
class Expected:
    """Index keys by name, as the documents want them; `head_start` is the policy's."""

    head_start: int = 60_000_000
    zsets: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    sets: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    hashes: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


def _documents(space: Keyspace, family: str) -> dict[str, dict[str, Any]]:
    read = contact_record if family == "contact" else json.loads
    return {key.split(":", 1)[1]: read(value) for key, value in space.items() if key.startswith(f"{family}:")}


def requirement(contact: dict[str, Any]) -> str:
    skills = sorted(f"{item['skill']}={item['level']}" for item in contact["skills"])
    barred = sorted(bar["agent"] for bar in contact["bars"])
    if "target" in contact:
        return f"{contact['channel']}||{','.join(barred)}|{contact['target']}"
    text = f"{contact['channel']}|{','.join(skills)}|{','.join(barred)}"
    return f"{text}||{','.join(sorted(contact['named']))}" if "named" in contact else text


def class_of(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


PLAIN_ROOM = {"total": 100, "channels": {channel: {"cost": 100, "most": 50} for channel in CHANNELS}}


def takes(agent: dict[str, Any], channel: str) -> bool:
    """Whether the agent could take one more contact of the channel."""
    room = agent.get("room", PLAIN_ROOM)
    rule = room["channels"][channel]
    used = sum(item["cost"] for item in agent["held"])
    count = sum(item["channel"] == channel for item in agent["held"])
    on_duty = agent["presence"] == "AVAILABLE" and "next" not in agent
    return bool(on_duty and used + rule["cost"] <= room["total"] and count < rule["most"])


def excluded(agent: dict[str, Any], channel: str) -> bool:
    """Whether the agent could not take a contact of the channel with empty hands."""
    room = agent.get("room", PLAIN_ROOM)
    return bool(room["channels"][channel]["cost"] > room["total"])


def _expected_room(agent: dict[str, Any], center: dict[str, str]) -> dict[str, Any]:
    """What the agent can hold by his own rules, else the policy's."""
    own, common = agent.get("costs", {}), json.loads(center.get("channel_capacity", "{}"))
    return {
        "total": agent.get("capacity", int(center.get("agent_capacity", 100))),
        "channels": {
            channel: {"cost": 100, "most": 50} | common.get(channel, {}) | own.get(channel, {}) for channel in CHANNELS
        },
    }


def _compare_rooms(space: Keyspace, agents: dict[str, dict[str, Any]]) -> None:
    """Every agent has what the policy says, but for those that a job has not come to."""
    if "capacity" not in space.get("jobs", {}):
        for agent in agents.values():
            wanted = _expected_room(agent, space["center"])
            assert agent.get("room", PLAIN_ROOM) == wanted
            assert ("room" in agent) == (wanted != PLAIN_ROOM), "defaults are left out"


def _compare_loads(space: Keyspace, agents: dict[str, dict[str, Any]]) -> None:
    """Of everybody who can take more it is known which share of his capacity is in use."""
    loads = space.get("loads", {})
    assert loads.keys() <= {name for name, agent in agents.items() if "room" in agent}
    for name, agent in agents.items():
        if any(takes(agent, channel) for channel in CHANNELS):
            used, total = sum(item["cost"] for item in agent["held"]), agent.get("room", PLAIN_ROOM)["total"]
            assert loads.get(name, 0.0) == used / total


def satisfies(agent: dict[str, Any], text: str) -> bool:
    _, skills, barred, *named = text.split("|")
    if named and agent["id"] not in named[-1].split(","):
        return False
    held = {item["skill"]: item["level"] for item in agent["skills"]}
    wanted = [item.split("=") for item in skills.split(",") if item]
    return agent["id"] not in barred.split(",") and all(held.get(skill, 0) >= int(level) for skill, level in wanted)


def activity(agent: dict[str, Any]) -> str:
    states = {item["state"] for item in agent["held"]}
    for state, doing in (("ACTIVE", "BUSY"), ("OFFERED", "RESERVED"), ("WRAP_UP", "WRAP_UP")):
        if state in states:
            return doing
    return "IDLE"


def _expect_agent(expected: Expected, agent: dict[str, Any]) -> None:
    name = agent["id"]
    expected.zsets["agents"][name] = 0
    expected.zsets[f"agents:{agent['presence']}"][name] = 0
    text = "".join(f"{item['skill']}={item['level']}," for item in agent["skills"])
    expected.hashes["agent_skills"][name] = f",{text}"
    if "offered" in agent:
        expected.zsets["last_offers"][name] = float(agent["offered"])
    for item in agent["skills"]:
        expected.zsets[f"skill_agents:{item['skill']}"][name] = 0
        if agent["presence"] != "OFFLINE":
            expected.zsets[f"signed_in:{item['skill']}"][name] = item["level"]
    for channel in CHANNELS:
        if excluded(agent, channel):
            expected.sets[f"excluded:{channel}"].add(name)
        if takes(agent, channel):
            expected.zsets[f"available:{channel}"][name] = float(agent["idle"])
            for item in agent["skills"]:
                expected.zsets[f"available:{channel}:{item['skill']}"][name] = float(agent["idle"])


def _expect_contact(expected: Expected, contact: dict[str, Any]) -> None:
    name, enqueued = contact["id"], float(contact["enqueue"])
    expected.zsets["contacts"][name] = enqueued
    expected.zsets[f"contacts:{contact['state']}"][name] = enqueued
    if contact["state"] in WAITING:
        if contact["owner"]:
            expected.zsets[f"owner:{contact['owner']}"][name] = enqueued
        for item in (*contact["skills"], *contact.get("asked", ())):
            expected.zsets[f"skill_contacts:{item['skill']}"][name] = enqueued
    if contact["state"] == "SCHEDULED":
        expected.zsets["deadlines"][f"begin:{name}"] = float(contact["schedule"])
    if contact["state"] == "QUEUED":
        _expect_queued(expected, contact)
    for item in contact["assignments"]:
        kind = {"OFFERED": "offer", "ACTIVE": "maxactive", "WRAP_UP": "wrap"}.get(item["state"])
        if kind:
            expected.zsets["deadlines"][f"{kind}:{name}:{item['n']}"] = float(item["deadline"])


def overflow_dues(contact: dict[str, Any]) -> list[float]:
    """When the overflow rules of the contact that have not fired fire."""
    left = [rule for rule in contact.get("overflow", ()) if rule["id"] not in contact.get("fired", ())]
    return [float(rule.get("due", int(contact["enqueue"]) + rule["after"])) for rule in left]


def _rank(contact: dict[str, Any], weight: int) -> float:
    place = contact.get("place", contact["enqueue"])
    return float(place) - float(contact.get("credit", 0)) - int(contact["priority"]) * weight


def _expect_queued(expected: Expected, contact: dict[str, Any]) -> None:
    name, rank = contact["id"], float(contact["rank"])
    text = requirement(contact)
    class_id = class_of(text)
    assert contact["class"] == class_id
    # By the rule that was in force when the contact came.
    ranks = {_rank(contact, weight) for weight in (PRIORITY_WEIGHT, expected.head_start)}
    assert any(0 <= rank - by_rule <= (20_000 if "schedule" in contact else 50) for by_rule in ranks)
    expected.zsets["queue"][name] = rank
    expected.zsets[f"class:{class_id}"][name] = rank
    expected.hashes["classes"][class_id] = text
    anchors = [text.split("|")[1].split(",")[0].split("=")[0]]
    if "target" in contact:
        anchors = [f"@{contact['target']}"]
        # At once when that passed while an offer was open.
        expected.zsets["deadlines"][f"target:{name}"] = max(float(contact["target_until"]), float(contact["queued"]))
    if "named" in contact:
        anchors = [f"@{agent}" for agent in contact["named"]]
        expected.zsets["deadlines"][f"preferred:{name}"] = float(contact["preferred_until"])
    for anchor in anchors:
        expected.sets[f"waiting_classes:{anchor}" if anchor else "waiting_classes"].add(class_id)
    expected.zsets["heads"][class_id] = min(expected.zsets["heads"].get(class_id, rank), rank)
    dues = overflow_dues(contact)
    if dues:
        expected.zsets["deadlines"][f"overflow:{name}"] = max(min(dues), float(contact["queued"]))
    if "step_due" in contact:
        expected.zsets["stepped"][f"{class_id}:{name}"] = 0
        expected.zsets["deadlines"][f"step:{name}"] = float(contact["step_due"])
    if contact["bars"]:
        expected.zsets["deadlines"][f"bar:{name}"] = min(float(bar["over"]) for bar in contact["bars"])


INDEXES = (
    "agents",
    "agent_skills",
    "last_offers",
    "skill_agents",
    "available",
    "contacts",
    "owner",
    "skill_contacts",
    "signed_in",
    "excluded",
    "stepped",
    "queue",
    "class",
    "classes",
    "waiting_classes",
    "heads",
)
"""Families that must be exactly what the documents say."""


def _compare_indexes(space: Keyspace, expected: Expected) -> None:
    actual = {key: value for key, value in space.items() if key.split(":", 1)[0] in INDEXES}
    wanted: Keyspace = {
        key: value
        for group in (expected.zsets, expected.sets, expected.hashes)
        for key, value in group.items()
        if key.split(":", 1)[0] in INDEXES
    }
    assert actual == wanted, differing(actual, wanted)


def _compare_deadlines(space: Keyspace, expected: Expected) -> None:
    """Those of owners and jobs stand by themselves; a maximum wait may have been set later."""
    actual = {
        member: due
        for member, due in space.get("deadlines", {}).items()
        if member.split(":")[0] not in ("owner", "job", "lease", "hours", "maxwait", "retain")
    }
    wanted = dict(expected.zsets["deadlines"])
    assert actual == wanted, differing(actual, wanted)
    waits = {member.split(":", 1)[1] for member in space.get("deadlines", {}) if member.startswith("maxwait:")}
    assert waits == set(expected.zsets["queue"])


def _compare_holding_out(
    space: Keyspace, agents: dict[str, dict[str, Any]], contacts: dict[str, dict[str, Any]]
) -> None:
    """Who holds out has somebody to hold out for, but for those that a job has not come to."""
    jobs = {member.split(":")[-1] for member in space.get("deadlines", {}) if member.startswith("job:preferred:")}
    assert jobs == {name.split(":")[1] for name in space.get("jobs", {}) if name.startswith("preferred:")}
    live = space.get("live_skills", set())
    for contact in contacts.values():
        assert ("named" in contact) == ("preferred_until" in contact)
        named = set(contact.get("named", []))
        assert named <= set(contact.get("preferred", []))
        assert not named or contact["state"] in ("QUEUED", "OFFERED", "ACTIVE", "WRAP_UP")
        assert not named or "preference" not in contact
        wanted = {item["skill"]: item["level"] for item in contact["skills"] if item["skill"] in live}
        able = [
            agent
            for agent in named & agents.keys()
            if agents[agent]["presence"] != "OFFLINE" and wanted.items() <= _levels(agents[agent], wanted).items()
        ]
        assert able or not named or contact["state"] != "QUEUED" or jobs & named, f"{contact['id']} waits for nobody"


def _levels(agent: dict[str, Any], wanted: dict[str, int]) -> dict[str, int]:
    """The agent's levels of some skills, none higher than wanted."""
    held = {item["skill"]: item["level"] for item in agent["skills"]}
    return {skill: min(level, held[skill]) for skill, level in wanted.items() if skill in held}


def _compare_presence(space: Keyspace, agents: dict[str, dict[str, Any]]) -> None:
    """Who is signed out has no lease; what comes after work comes when there is none."""
    leases = {member.split(":", 1)[1] for member in space.get("deadlines", {}) if member.startswith("lease:")}
    assert leases <= {name for name, agent in agents.items() if agent["presence"] != "OFFLINE"}
    assert all(agent["held"] for agent in agents.values() if "next" in agent)


def _compare_retention(space: Keyspace, contacts: dict[str, dict[str, Any]]) -> None:
    """An ended contact is kept for the retention; for longer if an agent who transferred it wraps up for longer."""
    retention = int(space["center"]["retention"])
    actual = {
        member.split(":", 1)[1]: due
        for member, due in space.get("deadlines", {}).items()
        if member.startswith("retain:")
    }
    ended = {name: contact for name, contact in contacts.items() if contact["state"] in ENDED}
    assert actual.keys() == ended.keys()
    for name, contact in ended.items():
        due, least = actual[name], float(contact["ended"]) + retention
        transferred = any(item["outcome"] in ("TRANSFERRED", "NOT_REACHED") for item in contact["assignments"])
        assert due >= least if transferred else due == least
        assert all(due > float(item["deadline"]) for item in contact["assignments"] if item["deadline"])


def _compare_counts(space: Keyspace, agents: dict[str, dict[str, Any]]) -> None:
    wanted: dict[str, int] = defaultdict(int)
    for agent in agents.values():
        if activity(agent) != "IDLE" or agent["presence"] != "OFFLINE":
            wanted[activity(agent)] += 1
    actual = {doing: int(count) for doing, count in space.get("counts", {}).items() if int(count)}
    assert actual == dict(wanted)


def _compare_holdings(agents: dict[str, dict[str, Any]], contacts: dict[str, dict[str, Any]]) -> None:
    """What agents hold and what contacts say of their assignments is the same."""
    held = {
        (name, item["contact"], item["n"], item["state"]) for name, agent in agents.items() for item in agent["held"]
    }
    open_ = {
        (item["agent"], name, item["n"], item["state"])
        for name, contact in contacts.items()
        for item in contact["assignments"]
        if item["ended"] == ""
    }
    assert held == open_
    for agent in agents.values():
        for item in agent["held"]:
            assert item["channel"] == contacts[item["contact"]]["channel"]


def _check_matching(space: Keyspace, agents: dict[str, dict[str, Any]]) -> None:
    heads, marked = space.get("heads", {}), space.get("marked", {})
    walks, unmet = space.get("walks", {}), space.get("unmet", {})
    assert set(unmet) == set(space.get("meetings", {}))
    assert set(walks) <= set(marked) <= set(heads)
    assert all(heads[class_id] == rank for class_id, rank in marked.items())
    for class_id, text in space.get("classes", {}).items():
        candidates = space.get(f"candidates:{class_id}", {})
        able = {
            name: float(a["idle"])
            for name, a in agents.items()
            if takes(a, text.split("|")[0]) and satisfies(a, text) and unmet.get(name) != float(a["idle"])
        }
        if class_id not in marked:
            assert not able, f"class {text} is not marked, and {able} could take its contacts"
        walked = float(walks[class_id].split(" ")[0]) if class_id in walks else float("inf")
        missing = {name for name, idle in able.items() if idle <= walked and candidates.get(name) != idle}
        assert class_id not in marked or not missing, f"class {text} lacks the candidates {missing}"
    known = {f"candidates:{class_id}" for class_id in heads}
    assert {key for key in space if key.startswith("candidates:")} <= known


def _check_events(space: Keyspace) -> None:
    events = space["events"]
    numbers = [int(entry.split("-")[0]) for entry, _ in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "events are not dense"
    assert numbers[-1] == int(space["clock"]["sequence"])
    stamps = [int(fields[3]) for _, fields in events]
    assert stamps == sorted(set(stamps)), "the time of events does not rise"


async def check(store: Store, center: str) -> Keyspace:
    """Asserts that all indexes of a center agree with its documents. Returns the keyspace."""
    space = await dump(store, center)
    families = {key.split(":", 1)[0] for key in space}
    assert families <= set(keys.FAMILIES), f"unknown keys: {families - set(keys.FAMILIES)}"
    agents, contacts = _documents(space, "agent"), _documents(space, "contact")
    expected = Expected(int(space["center"].get("head_start", 60_000_000)))
    for agent in agents.values():
        _expect_agent(expected, agent)
    for contact in contacts.values():
        _expect_contact(expected, contact)
    skills = _documents(space, "skill")
    assert space.get("skills", {}) == dict.fromkeys(skills, 0.0)
    assert space.get("live_skills", set()) == {name for name, skill in skills.items() if not skill["deleting"]}
    _compare_indexes(space, expected)
    _compare_deadlines(space, expected)
    _compare_retention(space, contacts)
    _compare_counts(space, agents)
    _compare_holdings(agents, contacts)
    _compare_presence(space, agents)
    _compare_holding_out(space, agents, contacts)
    _compare_rooms(space, agents)
    _compare_loads(space, agents)
    _check_matching(space, agents)
    _check_events(space)
    return space
