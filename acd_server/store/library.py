"""Lua scripts from files: include expansion, and the choices made at start.

`-- @include "lib/x"` on a line of its own is replaced by the file, once per script.
`-- @seldom "lib/x"` likewise, but what it consists of is made when it is called: every function that a script
defines costs each of its runs some 0.3 µs, called or not.
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
BASE = ("lib/keys", "lib/us", "lib/names", "lib/refuse", "lib/schedule", "lib/unschedule")
"""What most functions use stands before one more function with all the rest in it. Each function that uses a local
of the function being run searches all that are used so; one of a function around it is but a pointer."""
MANY = 15
"""From so many functions on it pays."""
_INCLUDE = re.compile(r'^-- @(include|seldom) "(.+)"$', re.MULTILINE)
_STATE = re.compile(r"^local (?!function )[a-z]", re.MULTILINE)
"""What a file keeps while a script runs: constants are in capitals."""
_BOUND = re.compile(r"^local (.+) = unpack\(ARGV\)$", re.MULTILINE)
_PREFIX = re.compile(r"^local prefix = unpack\(KEYS\)$", re.MULTILINE)


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
    """A file in pieces: text, how and which file is included, text, and so on. Most files are in many scripts."""
    return _INCLUDE.split((folder / f"{name}.lua").read_text(encoding="utf-8"))


def expand(name: str, variant: Variant) -> str:
    """The text of `name`.lua with its includes, each once, where first asked for; those of `BASE` before all others."""

    def replace(how: str, include: str, known: set[str]) -> str:
        if include in known:
            return ""
        known.add(include)
        # What only a seldom one needs is known inside it alone.
        text = text_of(include, known if how == "include" else set(known)).rstrip("\n")
        return text if how == "include" else _on_call(include, text)

    def text_of(include: str, known: set[str]) -> str:
        text, *rest = _parts(variant.folder, variant.file_of(include))
        return text + "".join(
            replace(how, inner, known) + following
            for how, inner, following in zip(rest[::3], rest[1::3], rest[2::3], strict=True)
        )

    base: set[str] = set()
    first = [replace("include", include, base) for include in BASE if include in _reached(name, variant)]
    whole = text_of(name, base)
    at = _BOUND.search(whole) or _PREFIX.search(whole)
    if at is None:
        return whole
    head, body = whole[: at.end()], whole[at.end() :].rstrip("\n")
    if body.count("\nlocal function ") >= MANY:
        body = f"\nreturn (function(){body}\nend)()"
    return "\n".join([head, *first]) + body + "\n"


def _reached(name: str, variant: Variant) -> set[str]:
    """Everything that a file includes, or one of its includes does."""
    found: set[str] = set()
    left = [name]
    while left:
        new = set(_parts(variant.folder, variant.file_of(left.pop()))[2::3]) - found
        found |= new
        left += new
    return found


def _on_call(include: str, text: str) -> str:
    """A function that makes the one of its name when it is called, and calls that."""
    if _STATE.search(text):
        raise ValueError(f"{include} or what it includes keeps state: that must be included before it")
    function = include.removeprefix("lib/")
    return f"local function {function}(...)\n{text}\nreturn {function}(...)\nend"


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
    found = _BOUND.search("".join(_parts(FOLDER, name)[::3]))
    return found[1].split(", ") if found else []
