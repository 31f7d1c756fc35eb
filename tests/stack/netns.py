"""`make netns-test`: the whole topology in network namespaces, each fault injected while contacts flow.

Prints a table and writes out/netns.json. Needs root, haproxy, keepalived, redis-server, iptables
(`make setup-system`). `--only NAME` injects some of the faults only.
"""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE
from acd_client import AcdClient
from simulator.books import compare
from simulator.checks import check
from simulator.report import write
from tests.stack import faults
from tests.stack.faults import Scene
from tests.stack.network import new_folder
from tests.stack.parts import ROOT, RUNNING_SERVERS, Part, Stack, wait
from tests.stack.probes import Probes
from tests.system import player
from tests.system.test_kill import POLICY, RACES
from tests.system.witness import Answers, Witness, hire, read_unfinished, witnessing
from tools import fetch_json_module

CENTER = "bank"
CONTACTS = 500
"""That a run through all faults must have at least, or nothing was proven."""
PROGRAMS = ("haproxy", "keepalived", "redis-server", "iptables", "ip", "nice")
REPORT = ROOT / "out" / "netns.json"


class Players:
    """One process that plays a platform and its agents through the virtual address."""

    def __init__(self, stack: Stack) -> None:
        self._folder = stack.folder
        command = [sys.executable, "-m", "tests.system.player", stack.target, CENTER, "0", "1", str(stack.folder)]
        self._part = Part("player", stack.network.command("client", *command), {}, stack.folder)

    async def start(self) -> None:
        self._part.start()
        await wait(lambda: self._said("ready", "ok"), "the player is at work")

    def kill(self) -> None:
        self._part.kill()

    def _said(self, verb: str, stage: str) -> bool:
        return any((line["verb"], line["stage"]) == (verb, stage) for line in self._lines())

    def _lines(self) -> list[dict[str, Any]]:
        return list(player.lines(self._folder, "client-*.jsonl"))

    def unknown_calls(self) -> int:
        return sum(line["stage"] == "unknown" for line in self._lines())

    async def drain(self, witness: Witness) -> None:
        """No more callers; those who are there are served to the end."""
        self._part.signal(signal.SIGUSR1)

        def settled() -> bool:
            answers = Answers(self._folder)
            return (
                not witness.in_place("waiting", "in_hand")
                and answers.enqueued("invoke") <= answers.enqueued("ok") | answers.enqueued("refused")
                and len(witness.book.states) >= len(answers.enqueued("ok"))
            )

        await wait(settled, "every contact comes to its end")
        self._part.signal(signal.SIGTERM)
        await wait(lambda: not self._part.running, "the player ends")


async def verdict(client: AcdClient, witness: Witness, folder: Path, least: int) -> list[dict[str, Any]]:
    """What must hold over the whole run: the books, the order, and no agent taken out by a fault."""
    answers = Answers(folder)
    book = answers.book()
    await read_unfinished(client, book)
    balance, judged = compare(book, witness.book), witness.oracle.verdict
    refusals = sorted(refusal for refusal in answers.refusals if not refusal.endswith(RACES))
    taken_out = [
        event.agent.name
        for event in witness.events
        if event.type == events.EVENT_TYPE_AGENT_STATE_CHANGED
        and event.agent.presence != PRESENCE_AVAILABLE
        and event.agent.presence_reason != "break"
    ]
    return [
        check("contacts", balance.offered, f">= {least}", balance.offered >= least),
        check("acknowledged contacts lost", len(balance.lost), "== 0", not balance.lost),
        check("double assignments", len(balance.doubles) + judged.doubles, "== 0", not balance.doubles),
        check("order violations", judged.order_violations, "== 0", judged.order_violations == 0),
        check("state faults", judged.state_faults, "== 0", judged.state_faults == 0),
        check("feed gaps or duplicates", judged.feed_faults, "== 0", judged.feed_faults == 0),
        check("books agree", balance.agree, "contact by contact", balance.agree),
        check("agents taken out by a fault", len(taken_out), "== 0", not taken_out),
        check("refusals other than races", len(refusals), "== 0", not refusals),
    ]


async def run(stack: Stack, wanted: list[str], checks: list[dict[str, Any]]) -> None:
    """Adds to `checks` as it goes: what was measured is kept, whatever comes after it."""
    players = Players(stack)
    stack.start()
    try:
        await stack.balanced()
        for number in range(RUNNING_SERVERS):
            await stack.server_up(number)
        async with AcdClient(stack.target) as client, witnessing(client, CENTER, POLICY) as witness:
            await hire(client, CENTER)
            await players.start()
            probes = Probes(stack.target, client, witness)
            await probes.prepare()
            scene = Scene(stack, probes, players.unknown_calls, checks)
            async with _running(probes):
                await inject(scene, wanted)
            try:
                await players.drain(witness)
            except TimeoutError as error:
                checks.append(check("every contact comes to its end", str(error), "in time", False))
            witness.keep(stack.folder / "feed.jsonl")
            checks += await verdict(client, witness, stack.folder, 1 if wanted else CONTACTS)
    finally:
        players.kill()
        stack.kill()


async def inject(scene: Scene, wanted: list[str]) -> None:
    """One fault after the other; one that does not heal ends the run with a failed check."""
    for fault in faults.FAULTS:
        if wanted and fault.__name__ not in wanted:
            continue
        begun = time.monotonic()
        await scene.whole(scene.now() - faults.FELT_S)
        await scene.catch_up()
        try:
            await fault(scene)
        except TimeoutError as error:
            scene.checks.append(check(f"{scene.title}: heals", str(error), "in time", False))
            return
        print(f"{fault.__name__}: {time.monotonic() - begun:.0f} s", flush=True)


@asynccontextmanager
async def _running(probes: Probes) -> AsyncIterator[None]:
    task = asyncio.create_task(probes.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def show(checks: list[dict[str, Any]]) -> None:
    table = Table(title="Through faults, on three nodes, two balancers, two servers and two dispatchers")
    for title in ("what", "measured", "goal", ""):
        table.add_column(title)
    for line in checks:
        table.add_row(line["name"], str(line["value"]), line["goal"], "ok" if line["pass"] else "FAILED")
    Console(width=130).print(table)


def interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(f"signal {number}")


def lacks() -> list[str]:
    """What this machine lacks for the test, a sentence each."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    found = [f"there is no {', no '.join(missing)} (make setup-system)"] if missing else []
    if os.geteuid():
        return [*found, "it needs root"]
    trial = ["unshare", "--net", "iptables", "--list"]
    if not missing and subprocess.run(trial, check=False, capture_output=True).returncode:
        found.append("network namespaces with filters cannot be made here")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], choices=[fault.__name__ for fault in faults.FAULTS])
    parser.add_argument("--keep", action="store_true", help="keep the logs and say where they are")
    arguments = parser.parse_args()
    lacking = lacks()
    if lacking:
        print(f"netns-test cannot run: {'; '.join(lacking)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupted)
    try:
        module = str(fetch_json_module.fetch())
    except fetch_json_module.NoModuleError as error:
        print(f"documents are strings: {error}")
        module = ""
    folder = new_folder()
    stack = Stack(folder, shutil.which("redis-server") or "", module)
    begun = time.monotonic()
    checks: list[dict[str, Any]] = []
    try:
        stack.network.make()
        stack.network.enter("client")
        asyncio.run(run(stack, arguments.only, checks))
    except Exception:  # noqa: BLE001 - whatever it is, the report says it and everything is cleaned up
        traceback.print_exc()
        checks.append(check("ran to the end", False, "True", False))
    finally:
        stack.kill()
        stack.network.remove()
        if arguments.keep:
            print(f"logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    show(checks)
    duration = round(time.monotonic() - begun, 1)
    print(f"{duration:.0f} s")
    write(REPORT, checks, {"duration_s": duration, "documents": "json" if module else "string"})
    return int(not all(line["pass"] for line in checks))


if __name__ == "__main__":
    sys.exit(main())
