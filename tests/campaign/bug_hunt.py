"""`make bug-hunt`: the checker against routers with a bug each, and against the router as it is.

Each plays for some seconds: a server and a dispatcher as processes of their own over one store, players, two
subscribers. Prints which checks noticed what and writes out/bug-hunt.json; exit code 1 when a bug was not noticed, or
when the checks of the router as it is do not pass.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from acd_client import AcdClient, AcdClientError
from acd_server.store import Store
from simulator.checks import check
from simulator.report import write
from tests.campaign.bugs import NAMES, SCRIPTS
from tests.campaign.checker import Window, stuck
from tests.campaign.starvation import Starvation
from tests.stack.second_feed import subscribed
from tests.stack.trial import CENTER, Checks, Players, verdict
from tests.store import consistency
from tests.support.cells import CELLS
from tests.system.processes import ACD, Process, free_port, wait_until_serving
from tests.system.test_kill import POLICY
from tests.system.witness import Witness, hire, witnessing

CELL = "valkey9-node-string"
PLAY_S = 24.0
DRAIN_S = 20.0
PLAYS = 2
"""What a bug is given: one that acts only in a moment which chance must bring (offer after sign-out: somebody leaves
just when he is free) goes unnoticed in some plays. The router as it is plays once, and may show nothing."""
AS_IT_IS = "as it is"
REPORT = Path("out") / "bug-hunt.json"


class Small:
    """The smallest system: what Players need of one."""

    def __init__(self, folder: Path, store_url: str, bug: str) -> None:
        self.folder = folder
        self.target = f"127.0.0.1:{free_port()}"
        settings: dict[str, Any] = {"address": self.target, "redis_url": store_url, "log_format": "json"}
        command = [str(ACD), "serve"]
        if bug in SCRIPTS:
            SCRIPTS[bug].write(folder / "lua")
            settings["lua_dir"] = str(folder / "lua")
        elif bug != AS_IT_IS:
            command = [sys.executable, "-m", "tests.campaign.buggy_server", bug]
        self.server = Process(command, folder / "server.log", **settings)
        self.dispatcher = Process([str(ACD), "dispatch"], folder / "dispatcher.log", servers=self.target)

    def on_client(self, *words: str) -> Process:
        return Process(list(words), self.folder / "player.log")

    async def start(self) -> None:
        self.server.start()
        await wait_until_serving(self.target)
        self.dispatcher.start()

    def remove(self) -> None:
        for process in (self.dispatcher, self.server):
            process.remove()


async def play(bug: str, seconds: float) -> Checks:
    """The checks of a router with the bug. What cannot even be asked counts as noticed, too."""
    checks: Checks = []
    processes = CELLS[CELL].make()
    with tempfile.TemporaryDirectory() as name:
        small: Any = None
        try:
            processes.start()
            small = Small(Path(name), processes.url, bug)
            await small.start()
            await _trial(small, processes.url, seconds, checks)
        except (AcdClientError, TimeoutError, AssertionError, KeyError, IndexError) as error:
            checks.append(check(f"ran to the end ({type(error).__name__})", str(error)[:200], "True", False))
        finally:
            if small is not None:
                small.remove()
            processes.remove()
    return checks


async def _trial(small: Any, store_url: str, seconds: float, checks: Checks) -> None:
    players = Players(small, tempo="crowded")
    async with (
        AcdClient(small.target) as client,
        AcdClient(small.target) as other,
        witnessing(client, CENTER, POLICY) as witness,
        subscribed(other, CENTER, witness.token) as second,
    ):
        await hire(client, CENTER)
        starvation = Starvation(lambda: [small.server.pid, small.dispatcher.pid])
        watching = asyncio.create_task(starvation.watch())
        try:
            await players.start()
            await asyncio.sleep(seconds * 2 / 3)
            players.double()
            await asyncio.sleep(seconds / 3)
            players.double()
            try:
                await players.drain(witness, DRAIN_S)
            except TimeoutError as error:
                checks.append(check("every contact comes to its end", str(error), "in time", False))
        finally:
            players.kill()
            watching.cancel()
        checks += await verdict(client, witness, players.answers, 50)
        checks += await _more(witness, store_url, [Window(*times) for times in starvation.times])
        checks += await second.verdict(witness.events)


async def _more(witness: Witness, store_url: str, starved: list[Window]) -> Checks:
    late = stuck(witness.events, starved)
    store = await Store.open(store_url)
    difference = ""
    try:
        await consistency.check(store, CENTER)
    except AssertionError as error:
        difference = str(error)[:200] or "they differ"
    finally:
        await store.close()
    return [
        check("states past their deadline", len(late), "== 0", not late),
        check("indexes agree with documents", difference or True, "True", not difference),
    ]


async def hunt(bugs: Iterable[str], seconds: float) -> Checks:
    """A line for each bug, with the checks that noticed it."""
    found: Checks = []
    for bug in (AS_IT_IS, *bugs):
        failed: list[str] = []
        number, plays = 0, 1 if bug == AS_IT_IS else PLAYS
        while not failed and number < plays:
            number += 1
            failed = [line["name"] for line in await play(bug, seconds) if not line["pass"]]
        noticed = (", ".join(failed) or "nothing") + (f" (in play {number})" if number > 1 else "")
        goal = "nothing" if bug == AS_IT_IS else "something"
        found.append(check(bug, noticed, f"{goal} noticed", bool(failed) != (bug == AS_IT_IS)))
        line = found[-1]
        print(f"{'pass' if line['pass'] else 'MISS'}  {bug}: {line['value']}", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.bug_hunt", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], choices=NAMES)
    parser.add_argument("--seconds", type=float, default=PLAY_S, help="of play, for each bug")
    given = parser.parse_args()
    checks = asyncio.run(hunt(given.only or NAMES, given.seconds))
    write(REPORT, checks, {"seconds": given.seconds})
    return int(not all(line["pass"] for line in checks))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
