"""Fuzzing over the wire: `python -m tests.fuzz --requests 200000 --seed 1`; what it found as JSON with `--json`.

A server in a process of its own, on a store of its own, gets requests made from the descriptors of the protos: right
ones, hostile ones, bytes that are none. It fails on an answer UNKNOWN or INTERNAL, on a refusal without its reason, on
a refused request that wrote, on an index that does not agree with its documents, and on memory that grows.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import grpc.aio

from acd_server.store import Store
from tests.api.harness import Api
from tests.fuzz.run import PIECE, center_of, furnish, piece
from tests.fuzz.wire import Tally, Wire, primaries_of
from tests.store import consistency
from tests.support.cells import CELLS
from tests.system.processes import ACD, Process, free_port, wait_until_serving

GROWTH = 0.05
"""Part of its memory that a server may gain in the second half of a run: caches that fill, not a leak."""


class Fuzzer:
    """The server and the store of one run."""

    def __init__(self, cell: str, folder: Path) -> None:
        self.store = CELLS[cell].make()
        self.documents = CELLS[cell].documents
        self.target = f"127.0.0.1:{free_port()}"
        self._folder = folder
        self.tally = Tally()
        self.memory: list[int] = []

    def run(self, requests: int, first: int) -> None:
        self.store.start()
        server = Process(
            [str(ACD), "serve"],
            self._folder / "server.log",
            address=self.target,
            redis_url=self.store.url,
            documents=self.documents,
            log_level="error",
        )
        try:
            with asyncio.Runner() as runner:
                server.start()
                runner.run(wait_until_serving(self.target))
                self._pieces(runner, server, requests, first)
        finally:
            server.remove()
            self.store.remove()
        faults = server.events("fault")
        assert not faults, faults[:3]

    def _pieces(self, runner: asyncio.Runner, server: Process, requests: int, first: int) -> None:
        with primaries_of(self.store) as primaries:
            channel = runner.run(_open_channel(self.target))
            store = runner.run(Store.open(self.store.url, documents=self.documents))
            try:
                wire, api = Wire(channel, primaries, self.tally), Api(channel, self.store)
                number = first
                while self.tally.requests < requests:
                    center = center_of(number)
                    runner.run(furnish(api, center))
                    piece(wire, center, number, min(PIECE, requests - self.tally.requests), runner.run)
                    runner.run(consistency.check(store, center))
                    self.memory.append(_memory_of(server.pid))
                    number += 1
            finally:
                runner.run(store.close())
                runner.run(channel.close())


async def _open_channel(target: str) -> grpc.aio.Channel:
    return grpc.aio.insecure_channel(target)


def _memory_of(pid: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * 4096


def growth(memory: list[int]) -> float:
    """What the second half of the samples gained, as a part of its beginning; by medians of its outer fifths."""
    half = memory[len(memory) // 2 :]
    fifth = max(1, len(half) // 5)
    begin, end = sorted(half[:fifth])[fifth // 2], sorted(half[-fifth:])[fifth // 2]
    return (end - begin) / begin


def report(fuzzer: Fuzzer, requests: int, fault: str, seconds: float) -> dict[str, Any]:
    """In the shape of all reports: checks, each with its goal, and details."""
    grown = growth(fuzzer.memory) if fuzzer.memory else 0.0
    idle = fuzzer.tally.one_sided()
    checks = [
        {"name": "requests", "value": fuzzer.tally.requests, "goal": f">= {requests}"},
        {"name": "faults", "value": int(bool(fault)), "goal": "== 0"},
        {"name": "methods that only served or only refused", "value": len(idle), "goal": "== 0"},
        {"name": "memory gained in the second half", "value": round(grown, 4), "goal": f"<= {GROWTH}"},
    ]
    passed = [fuzzer.tally.requests >= requests, not fault, not idle, grown <= GROWTH]
    ends: dict[str, Counter[str]] = {}
    for (method, end), count in fuzzer.tally.ends.items():
        ends.setdefault(method, Counter())[end] = count
    return {
        "checks": [{**check, "pass": ok} for check, ok in zip(checks, passed, strict=True)],
        "passed": all(passed),
        "details": {"fault": fault, "idle": idle, "seconds": round(seconds, 1), "memory": fuzzer.memory, "ends": ends},
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1, help="number of the first piece")
    parser.add_argument("--cell", default="valkey9-node-json", choices=sorted(CELLS))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    started, fault = time.monotonic(), ""
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(arguments.cell, Path(folder))
        try:
            fuzzer.run(arguments.requests, arguments.seed)
        except AssertionError as error:
            fault = f"{str(error) or traceback.format_exc()} (piece {arguments.seed + len(fuzzer.memory)})"
    found = report(fuzzer, arguments.requests, fault, time.monotonic() - started)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    for check in found["checks"]:
        sys.stdout.write(
            f"{'pass' if check['pass'] else 'MISS'}  {check['name']}: {check['value']} ({check['goal']})\n"
        )
    if fault:
        sys.stdout.write(f"{fault}\n")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
