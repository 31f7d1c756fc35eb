"""Lua scripts from files: include expansion, and the choices made at start.

`-- @include "lib/x"` on a line of its own is replaced by the file, once per script.
Some includes have two forms: `lib/document` (strings or the server's JSON type), `lib/write_contact`
(by the layout of the data set), and those in `BY_CLOCK` (Redis's clock or the virtual one).
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "lua"
LAYOUT = 2
"""Version of the layout of a new data set. A newer one is refused; the one before is read and written."""
BY_CLOCK = ("lib/clock", "lib/due_in", "lib/may_match")
"""Includes whose form for the virtual clock ends in `_virtual`."""
_INCLUDE = re.compile(r'^-- @include "(.+)"$', re.MULTILINE)
_BOUND = re.compile(r"^local (.+) = unpack\(ARGV\)$", re.MULTILINE)


@dataclass(frozen=True)
class Script:
    """A script ready to be sent: its text, its SHA1, and whether it may write."""

    name: str
    text: str
    sha: str
    writes: bool


@dataclass(frozen=True)
class Variant:
    """The choices made at start: the first three are recorded in the data set.

    Another `folder` of scripts is for tests that prove that a checker notices wrong ones.
    """

    documents: str = "string"
    clock: str = "redis"
    layout: int = LAYOUT
    folder: Path = FOLDER

    def file_of(self, include: str) -> str:
        if include == "lib/document" and self.documents == "json":
            return "lib/document_json"
        if include == "lib/write_contact" and self.layout < 2:  # noqa: PLR2004 - since when fields are left out
            return "lib/write_contact_whole"
        if include in BY_CLOCK and self.clock == "virtual":
            return f"{include}_virtual"
        return include


@cache
def _parts(folder: Path, name: str) -> list[str]:
    """A file in pieces: text, the name of an include, text, and so on. Most files are in many scripts."""
    return _INCLUDE.split((folder / f"{name}.lua").read_text(encoding="utf-8"))


def expand(name: str, variant: Variant) -> str:
    """The text of `name`.lua with its includes, each once, where first asked for."""
    seen: set[str] = set()

    def text_of(include: str) -> str:
        parts = _parts(variant.folder, variant.file_of(include))
        return "".join(replace(part) if place % 2 else part for place, part in enumerate(parts))

    def replace(include: str) -> str:
        if include in seen:
            return ""
        seen.add(include)
        return text_of(include).rstrip("\n")

    return text_of(name)


@cache
def script(name: str, variant: Variant) -> Script:
    """The script `name` in a variant, made once."""
    text = expand(name, variant)
    first = text.split("\n", 1)[0]
    if not re.fullmatch(r"#!lua( flags=[a-z-]+)?", first):
        raise ValueError(f"{name}.lua must begin with #!lua")
    sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return Script(name, text, sha, writes="no-writes" not in first)


def bound_arguments(name: str) -> list[str]:
    """The names that the file binds its ARGV to."""
    found = _BOUND.search("".join(_parts(FOLDER, name)[::2]))
    return found[1].split(", ") if found else []
