import asyncio
import json
import os
import sys
from typing import Any

import pytest

from acd_server.store import Store
from tests.store.consistency import dump
from tests.store.seeds import Seed
from tests.store.test_check_meta import meta

WHOLE = {
    *("id", "channel", "skills", "priority", "owner", "reason", "assignments", "offers", "bars", "ended", "enqueue"),
    *("rank", "expire", "state", "queued", "class", "sequence", "update"),
}
"""What the release before reads in a waiting contact without asking."""
SAID = {"id", "channel", "skills", "enqueue", "expire", "state", "class", "sequence"}
"""What there is to say of one that has just come."""


async def document(seed: Seed, name: str) -> dict[str, Any]:
    found = json.loads((await dump(seed.store, seed.center))[f"contact:{name}"])
    assert isinstance(found, dict)
    return found


async def test_what_says_nothing_is_left_out_and_told_all_the_same(seed: Seed) -> None:
    made = await seed.enqueue("c1", {"billing": 3})
    assert (await document(seed, "c1")).keys() == SAID
    assert await seed.store.contacts.get_contact(seed.center, "c1") == made
    assert made.update_time == made.enqueue_time
    assert made.rank == made.enqueue_time.ToMicroseconds()


async def test_a_data_set_of_the_layout_before_is_read_and_written_as_it_is(
    seed: Seed, store: Store, store_url: str
) -> None:
    brief = await seed.enqueue("c1", {"billing": 3})
    await meta(store, "HSET", "layout", 1)
    older = await Store.open(store_url, clock="virtual")
    try:
        seed.store, newer = older, seed.store
        whole = await seed.enqueue("c2", {"billing": 3})
        kept = await document(seed, "c2")
        assert kept.keys() == WHOLE
        assert (kept["rank"], kept["assignments"], kept["owner"]) == (kept["enqueue"], [], "")
        # Each reads what the other wrote, and says the same of it.
        assert await older.contacts.get_contact(seed.center, "c1") == brief
        assert await newer.contacts.get_contact(seed.center, "c2") == whole
        await older.contacts.abandon_contact(seed.center, "c1", request=None)
        await newer.contacts.abandon_contact(seed.center, "c2", request=None)
        assert (await document(seed, "c1"))["owner"] == ""
        assert "owner" not in await document(seed, "c2")
        await check_layout(older, (1, 2), (2, 2))
    finally:
        seed.store = newer
        await older.close()


async def check_layout(store: Store, *wanted: tuple[int, int]) -> None:
    for each in wanted:
        assert await store.migrate() == each
        assert await meta(store, "HGET", "layout") == b"2"


@pytest.mark.parametrize("layout", [2, 3])
async def test_a_layout_is_never_lowered(store: Store, layout: int) -> None:
    await meta(store, "HSET", "layout", layout)
    assert await store.migrate() == (layout, 2)
    assert await meta(store, "HGET", "layout") == str(layout).encode()


async def test_the_command_raises_it_once(store: Store, store_url: str) -> None:
    await meta(store, "HSET", "layout", 1, "clock", "redis")
    assert await migrate(ACD_REDIS_URL=store_url) == (0, "layout 1 -> 2\n", "")
    assert await meta(store, "HGET", "layout") == b"2"
    assert await migrate(ACD_REDIS_URL=store_url) == (0, "the data set has layout 2 already\n", "")


async def test_the_command_says_what_is_wrong(store: Store, store_url: str) -> None:
    assert (await migrate())[::2] == (2, "acd: set ACD_REDIS_URL to the store whose data set is to be migrated\n")
    await meta(store, "HSET", "layout", 3, "clock", "redis")
    code, said, fault = await migrate(ACD_REDIS_URL=store_url)
    assert (code, said) == (1, "")
    assert "the data set has layout 3 and this release knows 2: use the newer release" in fault
    assert await meta(store, "HGET", "layout") == b"3"


async def migrate(**settings: str) -> tuple[int | None, str, str]:
    """What `acd migrate` ends with and says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from acd_server.cli import main; main()", "migrate"),
        env={**{name: value for name, value in os.environ.items() if not name.startswith("ACD_")}, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, fault = await process.communicate()
    return process.returncode, said.decode(), fault.decode()
