"""The lease of an agent's presence, renewed by an open feed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from acd_server.alarm import in_step
from acd_server.errors import AcdError
from acd_server.store.agents import AgentStore
from acd_server.validation import Watch

log = structlog.get_logger(__name__)

RENEWALS = 3
"""Renewals within one lease: two may get lost."""
LOOK_AGAIN_S = 1.0
"""A store that is away may be back; an agent who is signed out may sign in, at first."""
SIGNED_OUT_S = 10.0
"""Who stays signed out is looked at less and less often, down to this: desktops stay open over night, all of them."""


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
    loop = asyncio.get_running_loop()
    signed_out_s = LOOK_AGAIN_S
    while True:
        pause_s = await _renew(store, watch)
        if pause_s is None:
            pause_s, signed_out_s = signed_out_s, min(2 * signed_out_s, SIGNED_OUT_S)
        else:
            signed_out_s = LOOK_AGAIN_S
        await asyncio.sleep(in_step(loop.time() + pause_s, pause_s) - loop.time())


async def _renew(store: AgentStore, watch: Watch) -> float | None:
    """Renews once. Returns the time until the next renewal in seconds; None when nobody is signed in."""
    try:
        renewed = await store.renew_agent_lease(watch.center, watch.agent)
    except AcdError as error:
        if error.reason in ("WRONG_STATE", "RESOURCE_NOT_FOUND"):
            return None
        log.warning("lease_not_renewed", center=watch.center, agent=watch.agent, reason=error.reason)
        return LOOK_AGAIN_S
    return renewed.agent_lease.ToMicroseconds() / 1e6 / RENEWALS
