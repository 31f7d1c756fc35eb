"""The client process of the system test: callers and agents, and a book of what it was answered.

Started again after a kill -9 it reads its book, asks again for what got no answer (with
the same request ids) and goes on with the contacts that the feed's snapshot shows.

    python -m tests.system.line TARGET CENTER BOOK STOP_FILE
"""

import asyncio
import json
import os
import random
import sys
import uuid
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from grpc import StatusCode

from acd.v1 import contact_pb2, event_pb2
from acd_client import AcdApiError, AcdClient

RATE = 12.0
"""Contacts a second."""

TALK = (2.0, 4.0)
"""Seconds that a contact is served."""

HANG_UP = 1.5
"""Seconds after which an impatient caller hangs up."""

AGAIN = (StatusCode.UNAVAILABLE, StatusCode.UNKNOWN, StatusCode.DEADLINE_EXCEEDED, StatusCode.INTERNAL)


def every(number: int, step: int, first: int) -> bool:
    return number % step == first


class Line:
    """One run of the process."""

    def __init__(self, client: AcdClient, center: str, book: Path, stop: Path) -> None:
        self.client = client
        self.center = center
        self.parent = f"centers/{center}"
        self.asked: set[int] = set()
        self.answered: set[int] = set()
        self.serving: dict[str, asyncio.Task[None]] = {}
        self._stop = stop
        self._book = os.open(book, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for line in book.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            {"asked": self.asked, "enqueued": self.answered}.get(entry["what"], set()).add(entry["number"])

    def note(self, what: str, number: int) -> None:
        """One write, so that a kill leaves no half line."""
        os.write(self._book, (json.dumps({"what": what, "number": number}) + "\n").encode())

    async def persist(self, call: Callable[..., Awaitable[Any]], **fields: Any) -> bool:
        """Repeats a call with one request id until it is answered. False: refused."""
        fields.setdefault("request_id", str(uuid.uuid4()))
        while True:
            try:
                await call(**fields)
            except AcdApiError as error:
                if error.code not in AGAIN:
                    return False
                await asyncio.sleep(random.uniform(0.05, 0.2))
            else:
                return True

    async def enqueue(self, number: int) -> None:
        if number not in self.asked:
            self.asked.add(number)
            self.note("asked", number)
        # Nobody has the skill `rare`: these wait until they expire.
        skill = "rare" if every(number, 25, 3) else "talk"
        contact = contact_pb2.Contact(
            channel=contact_pb2.CHANNEL_VOICE,
            required_skills=[contact_pb2.SkillRequirement(skill_id=skill, min_level=1)],
        )
        assert await self.persist(
            self.client.contacts.enqueue_contact,
            parent=self.parent,
            contact_id=f"c{number}",
            contact=contact,
            request_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.center}-{number}")),
        )
        self.answered.add(number)
        self.note("enqueued", number)
        if every(number, 12, 5):
            await asyncio.sleep(HANG_UP)
            if await self.persist(self.client.contacts.abandon_contact, name=self.name(number)):
                self.note("abandoned", number)
        elif every(number, 100, 53) and await self.persist(self.client.contacts.cancel_contact, name=self.name(number)):
            self.note("canceled", number)

    def name(self, number: int) -> str:
        return f"{self.parent}/contacts/c{number}"

    async def callers(self) -> None:
        """Enqueues at a steady rate, first what got no answer before; ends when told to."""
        async with asyncio.TaskGroup() as group:
            for number in sorted(self.asked - self.answered):
                group.create_task(self.enqueue(number))
            number = max(self.asked, default=-1)
            while not self._stop.exists():
                number += 1
                group.create_task(self.enqueue(number))
                await asyncio.sleep(1 / RATE)

    async def agents(self) -> None:
        """Answers offers and ends talks."""
        async with self.client.watch(self.center) as feed:
            async for message in feed:
                for contact in message.snapshot.contacts:
                    self.attend(contact.assignment)
                if message.event.type in (
                    event_pb2.EVENT_TYPE_CONTACT_OFFERED,
                    event_pb2.EVENT_TYPE_CONTACT_ACCEPTED,
                ):
                    self.attend(message.event.assignment)

    def attend(self, assignment: contact_pb2.Assignment) -> None:
        name = assignment.name
        held = self.serving.get(name)
        if held is not None and not held.done():
            return
        number = int(name.split("/")[3].removeprefix("c"))
        fate = zlib.crc32(name.encode()) % 100
        if assignment.state == contact_pb2.ASSIGNMENT_STATE_OFFERED and fate >= 4:
            self.serving[name] = asyncio.create_task(self.answer(name, number, declines=fate < 10))
        elif assignment.state == contact_pb2.ASSIGNMENT_STATE_ACTIVE:
            self.serving[name] = asyncio.create_task(self.serve(name, number))

    async def answer(self, name: str, number: int, *, declines: bool) -> None:
        if declines:
            await self.persist(self.client.contacts.decline_assignment, name=name)
        elif await self.persist(self.client.contacts.accept_assignment, name=name):
            self.note("accepted", number)
            await self.serve(name, number)

    async def serve(self, name: str, number: int) -> None:
        if every(number, 60, 7):
            return  # a long talk: in hand to the end
        await asyncio.sleep(random.uniform(*TALK))
        if await self.persist(self.client.contacts.complete_contact, name=name):
            self.note("completed", number)

    async def run(self) -> None:
        agents = asyncio.create_task(self.agents())
        await self.callers()
        # What is being served is served to its end.
        await asyncio.sleep(TALK[1])
        agents.cancel()
        await asyncio.gather(*self.serving.values())
        await asyncio.gather(agents, return_exceptions=True)


async def main(target: str, center: str, book: str, stop: str) -> None:
    async with AcdClient(target) as client:
        await Line(client, center, Path(book), Path(stop)).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
