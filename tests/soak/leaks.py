"""Leaks that are put into a router on purpose, to see whether a soak notices them.

`python -m tests.soak.leaks NAME` is `acd serve` with one of those of the server.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

SCRIPTS = {
    "attributes stay": (
        "lib/fire_contact.lua",
        "    redis.call('UNLINK', key('contact', contact_id), key('attributes', contact_id))\n",
        "    redis.call('UNLINK', key('contact', contact_id))\n",
    ),
    "deleted agents stay in an index": (
        "delete_agent.lua",
        "redis.call('ZREM', key('last_offers'), agent_id)\n",
        "",
    ),
}
"""Of the scripts: a file, a piece of it, and what stands in its place."""


def _forgotten_tasks() -> None:
    """Each feed starts something that does not end with it."""
    from acd_server.feed import FeedHub  # noqa: PLC0415 - in a process of its own

    watch, kept = FeedHub.watch, set()

    def watch_for_ever(self: FeedHub, *given: Any) -> Any:
        kept.add(asyncio.get_running_loop().create_task(asyncio.Event().wait()))
        return watch(self, *given)

    FeedHub.watch = watch_for_ever  # type: ignore[method-assign, assignment]  # that is the leak


def _kept_replies() -> None:
    """What contacts were like is never forgotten, and takes some hundred kilobytes each."""
    from acd_server.services.contacts import ContactServicer  # noqa: PLC0415 - in a process of its own

    enqueue, kept = ContactServicer.EnqueueContact, []

    async def remember(self: ContactServicer, request: Any, context: Any) -> Any:
        reply = await enqueue(self, request, context)
        kept.append(reply.SerializeToString() * 1000)
        return reply

    ContactServicer.EnqueueContact = remember  # type: ignore[method-assign, assignment]  # that is the leak


SERVER: dict[str, Callable[[], None]] = {"forgotten tasks": _forgotten_tasks, "kept replies": _kept_replies}
"""Of the server: each changes functions of this process."""

NAMES = (*SCRIPTS, *SERVER)


def main() -> None:
    from acd_server.cli import main as serve  # noqa: PLC0415 - after the leak

    SERVER[sys.argv[1]]()
    sys.argv = ["acd", "serve"]
    serve()


if __name__ == "__main__":
    main()
