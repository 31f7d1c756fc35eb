"""The passwords of the store's users, from files.

Each line of a file is a password, and all of them are good: that is how one is changed without a moment
in which somebody has the wrong one. The first is the one that this program uses itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NODES, APPLICATION, OPERATOR = "STORE_PASSWORD_FILE", "STORE_APPLICATION_PASSWORD_FILE", "STORE_OPERATOR_PASSWORD_FILE"
"""Variables with the paths of the files."""


@dataclass(frozen=True)
class Passwords:
    """By who uses them; empty: nobody does."""

    nodes: tuple[str, ...] = ()
    application: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Variable → path, to read them again."""

    @property
    def own(self) -> str:
        """With which the nodes speak to each other."""
        return self.nodes[0] if self.nodes else ""


def read(environ: Mapping[str, str], faults: list[str]) -> Passwords:
    """Adds to `faults` what is wrong."""
    files = {name: environ[name] for name in (NODES, APPLICATION, OPERATOR) if environ.get(name)}
    nodes, application, operator = (_lines(files, name, faults) for name in (NODES, APPLICATION, OPERATOR))
    if APPLICATION in files and NODES not in files:
        faults.append(f"{NODES}: where there are users, the nodes need a password of their own")
    if OPERATOR in files and APPLICATION not in files:
        faults.append(f"{APPLICATION}: where there are users, the servers are one")
    return Passwords(nodes, application, operator, files)


def _lines(files: Mapping[str, str], name: str, faults: list[str]) -> tuple[str, ...]:
    path = files.get(name, "")
    if not path:
        return ()
    try:
        found = tuple(filter(None, Path(path).read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        faults.append(f"{name}: {path} cannot be read: {why}")
        return ()
    if not found:
        faults.append(f"{name}: {path} is empty")
    return found
