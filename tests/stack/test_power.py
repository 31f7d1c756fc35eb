"""How a power cut is made: files are cut back to what they were."""

import asyncio
from pathlib import Path

from tests.stack.power import Files
from tests.support.wait import wait_until


async def test_files_are_cut_back_to_a_moment(tmp_path: Path) -> None:
    folder = tmp_path / "shard-1" / "appendonlydir"
    folder.mkdir(parents=True)
    base, grown = folder / "appendonly.aof.1.base.aof", folder / "appendonly.aof.1.incr.aof"
    base.write_bytes(b"base")
    grown.write_bytes(b"12345")
    files = Files([tmp_path])
    watching = asyncio.create_task(files.watch())
    await wait_until(lambda: files.moments, "a sample was taken")
    moment = files.moments[-1]
    with grown.open("ab") as file:
        file.write(b"678")
    renamed = folder / "appendonly.aof.2.incr.aof"
    renamed.write_bytes(b"new")
    await wait_until(lambda: files.moments[-1] > moment, "another one")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert files.cut(moment) == 3
    assert files.sizes() == {base: 4, grown: 5, renamed: 3}
    assert files.cut(files.moments[-1]) == 0
