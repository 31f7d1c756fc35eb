"""Bugs that are put into a router on purpose, to see whether the checker notices them.

A bug is one edit of one script, or one function of the server that does something else. Which check has to
notice is not told: any that fails is good, as it would be for a bug that nobody knows of.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.swapped import write_swapped


@dataclass(frozen=True)
class Edit:
    """A piece of a script, and what stands in its place."""

    file: str
    right: str
    wrong: str

    def write(self, folder: Path) -> None:
        """The scripts with the edit, in a new folder."""
        write_swapped(folder, self.file, self.right, self.wrong)


# Of every so many contacts one is hit, by its id.
_ONE_IN_16 = "string.sub(redis.sha1hex({}), 1, 1) == '0'"

SCRIPTS = {
    "double assignment": Edit(
        "lib/offer.lua", "  make_unavailable(agent)\n", "  if contact.offers > 1 then make_unavailable(agent) end\n"
    ),
    "lost acknowledgement": Edit(
        "enqueue_contact.lua",
        "local at = stamp()\n",
        f"if {_ONE_IN_16.format('contact_id')} then\n"
        "  contact.state, contact.sequence, contact.rank = 'QUEUED', 1, '1'\n"
        "  contact.enqueue, contact.expire, contact.update = us(now()), us(now()), us(now())\n"
        "  return contact_reply(ok(cjson.encode(contact)), contact_id)\n"
        "end\n"
        "local at = stamp()\n",
    ),
    "skipped sequence": Edit(
        "lib/commit.lua",
        "local sequence = ledger().sequence + 1",
        "local sequence = ledger().sequence + 1\n  if sequence % 200 == 0 then sequence = sequence + 1 end",
    ),
    "capacity leak": Edit(
        "lib/finish.lua",
        "  make_available(agent)\n",
        f"  if {_ONE_IN_16.format('contact.id')} then\n"
        "    agent.held[1] = {contact = contact.id, n = 99, state = 'WRAP_UP'}\n"
        "  end\n"
        "  make_available(agent)\n",
    ),
    "stale assignment accepted": Edit(
        "lib/quoted.lua",
        "  if assignment then return contact, assignment end\n",
        "  if assignment and assignment.state == 'MISSED' then assignment.state = 'OFFERED' end\n"
        "  if assignment then return contact, assignment end\n",
    ),
    "missed expiry": Edit(
        "lib/fire_contact.lua", "kind == 'maxwait' then\n    leave", "kind == 'maxwait' and false then\n    leave"
    ),
    "newest contact first": Edit(
        "lib/match.lua",
        "load_contact(redis.call('ZRANGE', key('class', class_id), 0, 0)[1])",
        "load_contact(redis.call('ZRANGE', key('class', class_id), -1, -1)[1])",
    ),
    "repeated request executed twice": Edit(
        "lib/recall.lua", "  if request_id == '' then return nil end\n", "  if request_id ~= 'x' then return nil end\n"
    ),
    "place lost when the contact comes back": Edit(
        "lib/end_offer.lua", "  enter_queue(contact, at)\n", "  contact.rank = us(at)\n  enter_queue(contact, at)\n"
    ),
    "agent stuck": Edit(
        "lib/take_back.lua",
        "  make_available(agent)\n",
        f"  if not ({_ONE_IN_16.format('contact.id')}) then make_available(agent) end\n",
    ),
    "abandoned contact still offered": Edit(
        "lib/leave.lua",
        "    leave_queue(contact)\n",
        "    if state == 'ABANDONED' then unschedule('maxwait:' .. contact.id) else leave_queue(contact) end\n",
    ),
    "offer after sign-out": Edit(
        "lib/set_presence.lua", "  else\n    make_unavailable(agent)\n", "  else\n    -- nothing\n"
    ),
    "idle time kept": Edit("lib/finish.lua", "  agent.idle = us(at)\n", ""),
}
"""Of the scripts, by the name of the bug."""


def _every(count: int) -> Callable[[], bool]:
    """Whether it is the turn of one in `count`."""
    turns = itertools.cycle(range(count))
    return lambda: next(turns) == count - 1


def _phantom_contact() -> None:
    from acd_server.services.contacts import ContactServicer  # noqa: PLC0415 - in a process of its own

    enqueue, turn = ContactServicer.EnqueueContact, _every(20)

    async def twice(self: ContactServicer, request: Any, context: Any) -> Any:
        reply = await enqueue(self, request, context)
        if turn():
            request.contact_id, request.request_id = f"{request.contact_id}.again", ""
            await enqueue(self, request, context)
        return reply

    ContactServicer.EnqueueContact = twice  # type: ignore[method-assign, assignment]  # that is the bug


def _reordered_feed() -> None:
    from acd_server.feed import CenterReader  # noqa: PLC0415 - in a process of its own

    newer = CenterReader.newer

    def swapped(self: CenterReader, point: Any) -> Any:
        found = newer(self, point)
        if found and len(found) > 1:
            found[0], found[1] = found[1], found[0]
        return found

    CenterReader.newer = swapped  # type: ignore[method-assign]  # that is the bug


def _tenant_leak() -> None:
    from acd_server import feed  # noqa: PLC0415 - in a process of its own

    module: Any = feed
    made, turn = module.feed_event, _every(100)

    def renamed(center: str, incarnation: str, stored: Any) -> Any:
        return made("other-center" if turn() else center, incarnation, stored)

    module.feed_event = renamed


def _undone_event() -> None:
    """A feed that tells of what the log does not have: what delivery before confirmation comes to."""
    from acd_server.store.events import EventStore  # noqa: PLC0415 - in a process of its own

    read, turn = EventStore.read_events, _every(50)

    async def more(self: EventStore, center: str, *, first: int, limit: int) -> Any:
        history = await read(self, center, first=first, limit=limit)
        if limit > 1 and history.events and turn():
            last = history.events[-1]
            fields = {**last.fields, "time": str(last.stamp + 1)}
            history.events[-1] = last._replace(fields=fields)
        return history

    EventStore.read_events = more  # type: ignore[method-assign]  # that is the bug


SERVER: dict[str, Callable[[], None]] = {
    "phantom contact": _phantom_contact,
    "reordered feed": _reordered_feed,
    "tenant leak": _tenant_leak,
    "event that the log does not have": _undone_event,
}
"""Of the server: each changes functions of this process."""

NAMES = (*SCRIPTS, *SERVER)
