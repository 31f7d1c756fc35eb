"""One center as the store's scripts keep it: documents, queue, deadlines, events, remembered requests.

A small model of the scripts that the simulated code calls, in the form of their replies and of the stored documents;
the scripts themselves are tested against a model of all verbs in `tests/invariants`. It is deterministic: the same
calls at the same times make the same center, which is how the shard makes a primary of what a replica has.
"""

import json
from bisect import insort
from typing import Any, NamedTuple

from acd_server.store.scripts import Reply

OFFER_US, WRAP_US, WAIT_US = 900_000, 300_000, 6_000_000
"""Policy: how long an offer stands, wrap-up lasts, a contact waits at most."""
LATE_US = 1_000_000
STEP = 2
"""Pairs or deadlines in one call, few, so that `more` is often said."""

Document = dict[str, Any]
OK = b"ok"


def err(reason: str, *pairs: str) -> Reply:
    return [b"err", reason.encode(), *(text.encode() for text in pairs)]


class Event(NamedTuple):
    """An event as it is stored, and what it is about, for the judge."""

    sequence: int
    at: int
    fields: list[bytes]
    contact: Document
    """Without what may change: its id, owner and skills; empty when it is about no contact."""
    agent: str
    told: tuple[int, int, str, str]
    """How a reader is to hear of it: sequence, time in microseconds, type, contact with its state."""


class Center:
    """`apply` runs a script; afterwards `wrote` and `woken` say what it did beside its reply."""

    def __init__(self, center: str, incarnation: str, agents: dict[str, str], kept: int) -> None:
        self.id = center
        self.incarnation = incarnation
        self.kept = kept
        self.now = self.stamp = 0
        self.events: list[Event] = []
        self.contacts: dict[str, Document] = {}
        self.attributes: dict[str, str] = {}
        self.agents: dict[str, Document] = {}
        self._texts: dict[tuple[str, str], bytes] = {}
        """The documents as they are stored: as of their last event, which each change ends with."""
        self.queue: list[tuple[int, str]] = []
        self.deadlines: dict[str, int] = {}
        self.requests: dict[str, tuple[str, Reply]] = {}
        self.effects: dict[str, int] = {}
        """How many times each order was enqueued."""
        self.wrote = self.woken = self.offered = False
        self.pair_since: int | None = None
        """Since when a waiting contact and a free agent have been there for each other and nobody was offered
        anything; None while no pair is possible."""
        self._commit("CENTER_CREATED")
        for agent, skill in agents.items():
            at = str(self._stamp())
            skills = [{"skill": skill, "level": 1}] if skill else []
            record: Document = {
                "id": agent,
                "display_name": "",
                "skills": skills,
                "presence": "AVAILABLE",
                "reason": "",
            }
            self.agents[agent] = {**record, "held": [], "idle": at, "create": at, "update": at, "sequence": 0}
            self._commit("AGENT_CREATED", agent=self.agents[agent])

    def apply(self, script: str, arguments: list[Any], now: int) -> Reply:
        self.now, self.wrote, self.woken, self.offered = now, False, False, False
        reply: Reply = getattr(self, script)(*arguments)
        if self.woken:
            if self._pair() is None:
                self.pair_since = None
            elif self.offered or self.pair_since is None:
                self.pair_since = now
        return reply

    @property
    def last(self) -> int:
        return len(self.events)

    @property
    def oldest(self) -> int:
        return max(1, self.last - self.kept + 1)

    def stamp_of(self, sequence: int) -> int | None:
        """None for an event that is not part of this history."""
        return self.events[sequence - 1].at if 1 <= sequence <= self.last else None

    def _stamp(self) -> int:
        self.stamp = max(self.now, self.stamp + 1)
        return self.stamp

    def _commit(
        self, kind: str, contact: Document | None = None, agent: Document | None = None, number: int = 0
    ) -> None:
        at, sequence = self._stamp(), self.last + 1
        fields = [b"type", kind.encode(), b"time", str(at).encode()]
        for name, record in (("contact", contact), ("agent", agent)):
            if record is not None:
                record["sequence"], record["update"] = sequence, str(at)
                text = self._texts[name, record["id"]] = json.dumps(record).encode()
                fields += [name.encode(), text]
        if number:
            fields += [b"assignment", str(number).encode()]
        if kind == "CONTACT_ENQUEUED" and contact is not None:
            fields += [b"attributes", self.attributes[contact["id"]].encode()]
        about = {name: contact[name] for name in ("id", "owner", "skills")} if contact else {}
        state = f"{contact['id']} {contact['state']}" if contact else ""
        agent_id = agent["id"] if agent else ""
        self.events.append(Event(sequence, at, fields, about, agent_id, (sequence, at, kind, state)))
        self.wrote = self.woken = True

    # What is read.

    def read_events(self, first: int, limit: int) -> Reply:
        oldest = self.oldest
        stamps = [self.events[number - 1].at for number in (self.last, oldest)]
        incarnation = self.incarnation.encode()
        reply: Reply = [OK, incarnation, self.last, b"%d" % stamps[0], oldest, b"%d" % stamps[1]]
        start = max(first, oldest)
        for event in self.events[start - 1 : start - 1 + limit]:
            reply += [event.sequence, event.fields]
        return reply

    def confirm_events(self, sequence: int, stamp: int) -> Reply:
        if sequence >= self.oldest and self.stamp_of(sequence) != stamp:
            return err("NOT_REPLICATED")
        self.wrote = True
        return [OK]

    def get_work(self) -> Reply:
        due = self.earliest()
        return [
            OK,
            int(self.pair_since is not None),
            b"" if due is None else b"%d" % max(0, due - self.now),
            len(self.queue),
        ]

    def list_contacts(self, state: str, after: str, limit: int) -> Reply:
        found = [c for c in self.contacts.values() if c["state"] == state and int(c["enqueue"]) > int(after or 0)]
        reply: Reply = [OK, found[limit - 1]["enqueue"].encode() if len(found) > limit else b""]
        for contact in found[:limit]:
            reply += [self._texts["contact", contact["id"]], self.attributes[contact["id"]].encode()]
        return reply

    def get_agent(self, agent: str) -> Reply:
        return [OK, self._texts["agent", agent]]

    def earliest(self) -> int | None:
        return min(self.deadlines.values(), default=None)

    # Verbs.

    def _recall(self, request: str, fingerprint: str) -> Reply | None:
        if not request or request not in self.requests:
            return None
        self.wrote = True
        before, reply = self.requests[request]
        return reply if before == fingerprint else err("REQUEST_ID_REUSED", "requestId", request)

    def _remember(self, request: str, fingerprint: str, reply: Reply) -> Reply:
        if request:
            self.requests[request] = (fingerprint, reply)
        return reply

    def _name(self, contact: str) -> str:
        return f"centers/{self.id}/contacts/{contact}"

    def enqueue_contact(
        self, contact_id: str, channel: str, skills: str, priority: int, attributes: str, *more: Any
    ) -> Reply:
        owner, *rest, request, fingerprint = more
        if seen := self._recall(request, fingerprint):
            return seen
        if contact_id in self.contacts:
            return err("RESOURCE_EXISTS", "name", self._name(contact_id))
        at = self._stamp()
        order = json.loads(attributes)["order"]
        self.effects[order] = self.effects.get(order, 0) + 1
        contact: Document = {
            "id": contact_id, "channel": channel, "skills": json.loads(skills), "priority": priority, "owner": owner,
            "state": "QUEUED", "reason": "", "assignments": [], "offers": 0, "ended": "", "rank": str(at),
            "enqueue": str(at), "expire": str(at + WAIT_US), "update": "", "sequence": 0,
        }  # fmt: skip
        self.contacts[contact_id], self.attributes[contact_id] = contact, attributes
        self._enter(contact)
        self._commit("CONTACT_ENQUEUED", contact)
        reply = self._remember(request, fingerprint, self._told(contact))
        match_one = bool(rest and rest[-1])
        return [*reply, (len(self.match_contacts(1)) - 2) // 2 if match_one else 0]

    def _told(self, contact: Document, number: int = 0) -> Reply:
        numbers: Reply = [number] if number else []
        return [OK, self._texts["contact", contact["id"]], *numbers, self.attributes[contact["id"]].encode()]

    def _quote(self, contact_id: str, number: int, states: tuple[str, ...]) -> tuple[Document, Document] | Reply:
        contact = self.contacts.get(contact_id)
        if contact is None:
            return err("RESOURCE_NOT_FOUND", "name", self._name(contact_id))
        assignment = contact["assignments"][number - 1] if number <= len(contact["assignments"]) else None
        if assignment is None or (number != contact["offers"] and assignment["state"] not in states):
            state = assignment["state"] if assignment else ""
            return err("STALE_ASSIGNMENT", "name", f"{self._name(contact_id)}/assignments/{number}", "state", state)
        if assignment["state"] not in states:
            return err("WRONG_STATE", "name", self._name(contact_id), "state", assignment["state"])
        return contact, assignment

    def accept_assignment(self, contact_id: str, number: int, request: str, fingerprint: str) -> Reply:
        if seen := self._recall(request, fingerprint):
            return seen
        found = self._quote(contact_id, number, ("OFFERED", "ACTIVE"))
        if isinstance(found, list):
            return found
        contact, assignment = found
        self.wrote = True
        if assignment["state"] == "OFFERED":
            agent = self.agents[assignment["agent"]]
            del self.deadlines[f"offer:{contact_id}:{number}"]
            at = str(self._stamp())
            contact["state"] = assignment["state"] = agent["held"][0]["state"] = "ACTIVE"
            assignment.update(accepted=at, deadline="")
            self._commit("CONTACT_ACCEPTED", contact, agent, number)
        return self._remember(request, fingerprint, self._told(contact, number))

    def decline_assignment(self, contact_id: str, number: int, _after: str, request: str, fingerprint: str) -> Reply:
        if seen := self._recall(request, fingerprint):
            return seen
        found = self._quote(contact_id, number, ("OFFERED", "DECLINED"))
        if isinstance(found, list):
            return found
        contact, assignment = found
        self.wrote = True
        if assignment["state"] == "OFFERED":
            del self.deadlines[f"offer:{contact_id}:{number}"]
            self._take_back(contact, assignment, "DECLINED")
        return self._remember(request, fingerprint, self._told(contact, number))

    def complete_contact(self, contact_id: str, number: int, request: str, fingerprint: str) -> Reply:
        if seen := self._recall(request, fingerprint):
            return seen
        found = self._quote(contact_id, number, ("ACTIVE", "WRAP_UP", "COMPLETED"))
        if isinstance(found, list):
            return found
        contact, assignment = found
        self.wrote = True
        if assignment["state"] == "ACTIVE":
            at = self._stamp()
            agent = self.agents[assignment["agent"]]
            contact["state"] = assignment["state"] = agent["held"][0]["state"] = "WRAP_UP"
            assignment.update(service_ended=str(at), deadline=str(at + WRAP_US), outcome="SERVED")
            self.deadlines[f"wrap:{contact_id}:{number}"] = at + WRAP_US
            self._commit("CONTACT_WRAP_UP", contact, agent, number)
        return self._remember(request, fingerprint, self._told(contact, number))

    def abandon_contact(self, contact_id: str, request: str, fingerprint: str) -> Reply:
        if seen := self._recall(request, fingerprint):
            return seen
        contact = self.contacts.get(contact_id)
        if contact is None:
            return err("RESOURCE_NOT_FOUND", "name", self._name(contact_id))
        if contact["state"] not in ("QUEUED", "OFFERED", "ABANDONED"):
            return err("WRONG_STATE", "name", self._name(contact_id), "state", contact["state"])
        self.wrote = True
        if contact["state"] == "QUEUED":
            self._leave(contact)
            self._end(contact, "ABANDONED")
        elif contact["state"] == "OFFERED":
            number = contact["offers"]
            del self.deadlines[f"offer:{contact_id}:{number}"]
            self._end(contact, "ABANDONED", self._release(contact, "REVOKED"), number)
        return self._remember(request, fingerprint, self._told(contact))

    # Matching and deadlines.

    def _enter(self, contact: Document) -> None:
        contact["state"] = "QUEUED"
        insort(self.queue, (int(contact["rank"]), contact["id"]))
        self.deadlines[f"maxwait:{contact['id']}"] = int(contact["expire"])

    def _leave(self, contact: Document) -> None:
        self.queue.remove((int(contact["rank"]), contact["id"]))
        del self.deadlines[f"maxwait:{contact['id']}"]

    def _pair(self) -> tuple[Document, Document] | None:
        """The contact with the best rank that has a free agent, and of them him who has been free longest."""
        free = [agent for agent in self.agents.values() if not agent["held"]]
        for _, contact_id in self.queue if free else ():
            contact = self.contacts[contact_id]
            able = [agent for agent in free if all(skill in agent["skills"] for skill in contact["skills"])]
            if able:
                return contact, min(able, key=lambda agent: int(agent["idle"]))
        return None

    def match_contacts(self, max_pairs: int) -> Reply:
        made: Reply = []
        for _ in range(min(max_pairs, STEP)):
            if not (pair := self._pair()):
                break
            contact, agent = pair
            self._leave(contact)
            at = self._stamp()
            number = contact["offers"] = contact["offers"] + 1
            assignment: Document = {
                "n": number, "agent": agent["id"], "state": "OFFERED", "outcome": "", "revoke": "", "offered": str(at),
                "accepted": "", "service_ended": "", "ended": "", "deadline": str(at + OFFER_US), "idle": agent["idle"],
            }  # fmt: skip
            contact["state"] = "OFFERED"
            contact["assignments"].append(assignment)
            agent["held"] = [{"contact": contact["id"], "n": number, "state": "OFFERED"}]
            self.deadlines[f"offer:{contact['id']}:{number}"] = at + OFFER_US
            self._commit("CONTACT_OFFERED", contact, agent, number)
            made += [contact["id"].encode(), json.dumps(assignment).encode()]
            self.offered = True
        return [OK, int(self._pair() is not None), *made]

    def fire_deadlines(self, max_count: int) -> Reply:
        fired = 0
        while fired < min(max_count, STEP) and self.deadlines:
            due, member = min((due, member) for member, due in self.deadlines.items())
            if due > self.now:
                break
            del self.deadlines[member]
            kind, contact_id, *_ = member.split(":")
            getattr(self, f"_fire_{kind}")(self.contacts[contact_id], late=self.now - due > LATE_US)
            fired += 1
        left = self.earliest()
        more = left is not None and left <= self.now
        return [OK, fired, int(more), b"" if left is None else b"%d" % max(0, left - self.now), 0]

    def _fire_offer(self, contact: Document, *, late: bool) -> None:
        self._take_back(contact, contact["assignments"][-1], "REVOKED" if late else "MISSED")

    def _fire_wrap(self, contact: Document, *, late: bool) -> None:
        del late
        self._end(contact, "COMPLETED", self._release(contact, "COMPLETED"), contact["offers"])

    def _fire_maxwait(self, contact: Document, *, late: bool) -> None:
        del late
        self.queue.remove((int(contact["rank"]), contact["id"]))
        self._end(contact, "EXPIRED")

    def _take_back(self, contact: Document, assignment: Document, state: str) -> None:
        agent = self._release(contact, state)
        self._enter(contact)
        self._commit(f"CONTACT_{state}", contact, agent, assignment["n"])

    def _release(self, contact: Document, state: str) -> Document:
        """Ends the assignment in force; returns its agent, who is free."""
        at, assignment = str(self._stamp()), contact["assignments"][-1]
        assignment.update(state=state, ended=at, deadline="")
        agent = self.agents[assignment["agent"]]
        agent["held"] = []
        if state != "REVOKED":
            agent["idle"] = at
        return agent

    def _end(self, contact: Document, state: str, agent: Document | None = None, number: int = 0) -> None:
        contact["state"], contact["ended"] = state, str(self._stamp())
        self._commit(f"CONTACT_{state}", contact, agent, number)
