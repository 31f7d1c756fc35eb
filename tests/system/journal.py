"""What a player asked and was answered, line by line in files that outlive it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Log:
    """One line for each thing asked and each answer; a line that is written survives us."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, verb: str, stage: str, request_id: str = "", **facts: Any) -> None:
        line = {"verb": verb, "stage": stage, "request": request_id, **facts}
        os.write(self._file, (json.dumps(line) + "\n").encode())

    def close(self) -> None:
        os.close(self._file)


class Tail:
    """Reads files that grow, each line once; a last line that is cut short is left for later."""

    def __init__(self, folder: Path, pattern: str) -> None:
        self._folder = folder
        self._pattern = pattern
        self._read: dict[Path, int] = {}
        """Bytes of each file that were read."""

    def more(self) -> Iterator[dict[str, Any]]:
        """What was written since the last time."""
        for path in sorted(self._folder.glob(self._pattern)):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._read[path] = self._read.get(path, 0) + len(line)
                    yield json.loads(line)
