"""Simulates days of a centre with different staffings: in parallel, each only once, and remembered in a file.

The file has a line of JSON for each day, written as soon as the day is over, after a first line that says what
was simulated. A run that was killed goes on where it was; at most its last, unfinished line is lost.
"""

import asyncio
import hashlib
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from simulator.plan.goal import Staffing
from simulator.plan.outcome import Outcome, outcome_of
from simulator.profile import Profile
from simulator.reference import play

MARK = "acd plan"
Key = tuple[Staffing, int]
"""Agents of each group, and the seed."""
DECIDES = ("reference.py", "profile_draw.py", "day.py", "distributions.py", "plan/outcome.py")
"""Files of the simulator without whose words a day would come out differently."""


class StateError(Exception):
    """A state file that cannot be gone on with."""


def fingerprint(profile: Profile) -> str:
    """Of everything that decides how a day comes out, but for staffing and seed."""
    usual = profile.with_staffing(dict.fromkeys(profile.agent_groups, 0)).model_dump_json()
    digest = hashlib.sha256(usual.encode())
    for name in DECIDES:
        digest.update((resources.files("simulator") / name).read_bytes())
    return digest.hexdigest()


class Days:
    """Outcomes by staffing and seed; a context, in which worker processes wait for days."""

    def __init__(self, profile: Profile, path: Path | None, jobs: int, told: Callable[[int, int], None]) -> None:
        """`told` is given the days that are known and asked for, whenever one is over. Raises StateError."""
        self._profile = profile
        self._jobs = jobs
        self._told = told
        self._known: dict[Key, Outcome] = {}
        self._asked: set[Key] = set()
        self.reused = 0
        """Days that were in the file already."""
        self._file: IO[str] | None = None
        if path is not None:
            self._file = self._open(path)
        self.reused = len(self._known)
        self._pool: ProcessPoolExecutor | None = None

    @property
    def simulated(self) -> int:
        return len(self._known) - self.reused

    def __enter__(self) -> Self:
        self._pool = ProcessPoolExecutor(
            self._jobs, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(self._profile,)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._pool is not None
        self._pool.shutdown(cancel_futures=True)
        if self._file is not None:
            self._file.close()

    async def get(self, staffings: Iterable[Staffing], seeds: Sequence[int]) -> dict[Staffing, list[Outcome]]:
        """The outcomes of each staffing, by seed; simulates those that are missing."""
        wanted = {staffing: [(staffing, seed) for seed in seeds] for staffing in staffings}
        keys = [key for row in wanted.values() for key in row]
        self._asked.update(keys)
        tasks = [asyncio.ensure_future(self._simulate(key)) for key in keys if key not in self._known]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        self._told(len(self._asked), len(self._asked))
        return {staffing: [self._known[key] for key in row] for staffing, row in wanted.items()}

    async def _simulate(self, key: Key) -> None:
        assert self._pool is not None
        outcome = await asyncio.get_running_loop().run_in_executor(self._pool, _simulate, *key)
        self._known[key] = outcome
        if self._file is not None:
            staffing, seed = key
            print(json.dumps({"staffing": staffing, "seed": seed, **outcome.to_json()}), file=self._file, flush=True)
        self._told(len(self._asked & self._known.keys()), len(self._asked))

    def _open(self, path: Path) -> IO[str]:
        """The file, to write on where it ends; what it has is known then."""
        mark = {MARK: fingerprint(self._profile)}
        try:
            whole, _, cut = path.read_bytes().rpartition(b"\n") if path.exists() else (b"", b"", b"")
            lines = [json.loads(line) for line in whole.splitlines()]
            if lines:
                self._take(path, mark, lines)
            elif cut and not json.dumps(mark).encode().startswith(cut):
                raise StateError(f"{path}: is no file of days")
            if cut:
                os.truncate(path, len(whole) + bool(whole))
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a", encoding="utf-8")
        except (ValueError, KeyError, TypeError):
            raise StateError(f"{path}: is no file of days") from None
        except OSError as error:
            raise StateError(f"{path}: {error.strerror or error}") from None
        if not lines:
            print(json.dumps(mark), file=file, flush=True)
        return file

    def _take(self, path: Path, mark: dict[str, str], lines: list[Any]) -> None:
        if not isinstance(lines[0], dict) or MARK not in lines[0]:
            raise StateError(f"{path}: is no file of days")
        if lines[0] != mark:
            raise StateError(
                f"{path}: has the days of another profile, threshold or version of the simulator; "
                "take it away, or name another file with --resume"
            )
        for line in lines[1:]:
            self._known[tuple(line["staffing"]), line["seed"]] = Outcome.from_json(line)


_profile: Profile
"""Of a worker process."""


def _begin(profile: Profile) -> None:
    """Makes a process a worker. Ctrl-C is for the parent; when that is gone, the worker goes, too."""
    global _profile  # noqa: PLW0603 - what a worker is given once instead of with each day
    _profile = profile
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _simulate(staffing: Staffing, seed: int) -> Outcome:
    return simulate(_profile, staffing, seed)


def simulate(profile: Profile, staffing: Staffing, seed: int) -> Outcome:
    """One day with this staffing, by the reference."""
    day = profile.with_staffing(dict(zip(profile.agent_groups, staffing, strict=True))).day(seed)
    return outcome_of(play(day), profile.contact_types, profile.agent_groups)
