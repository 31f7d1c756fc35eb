"""The lease of an agent's presence, renewed by an open feed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from acd_server.errors import AcdError
from acd_server.store.agents import AgentStore
from acd_server.validation import Watch

log = structlog.get_logger(__name__)

RENEWALS = 3
"""Renewals within one lease: two may get lost."""
LOOK_AGAIN_S = 1.0
"""An agent who is signed out may sign in; a store that is away may be back."""


@asynccontextmanager
async def keeping_lease(store: AgentStore, watch: Watch, opened: asyncio.Event) -> AsyncIterator[None]:
    """Renews the agent's lease from when the feed has `opened` until the block ends, if the feed is to do so, and once
    more at its end. A feed that is refused renews nothing."""
    if not watch.keep_lease:
        yield
        return
    task = asyncio.create_task(_renew_forever(store, watch, opened), name=f"lease-{watch.center}-{watch.agent}")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        # Who signed in since the last renewal has a lease from now on.
        if opened.is_set():
            await _renew(store, watch)


async def _renew_forever(store: AgentStore, watch: Watch, opened: asyncio.Event) -> None:
    await opened.wait()
    while True:
        lease_s = await _renew(store, watch)
        await asyncio.sleep(lease_s / RENEWALS)


async def _renew(store: AgentStore, watch: Watch) -> float:
    """Renews once. Returns the length of the lease in seconds."""
    try:
        renewed = await store.renew_agent_lease(watch.center, watch.agent)
    except AcdError as error:
        if error.reason not in ("WRONG_STATE", "RESOURCE_NOT_FOUND"):
            log.warning("lease_not_renewed", center=watch.center, agent=watch.agent, reason=error.reason)
        return LOOK_AGAIN_S * RENEWALS
    return renewed.agent_lease.ToMicroseconds() / 1e6
