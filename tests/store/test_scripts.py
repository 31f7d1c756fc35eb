"""The folder of scripts as a whole: stubs, keys, time, flags."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from acd_server.store import keys, library, scripts
from acd_server.store.library import FOLDER, Variant

VARIANTS = [
    *(Variant(documents, clock) for documents in ("string", "json") for clock in ("redis", "virtual")),
    Variant(layout=1),
]
FILES = sorted(FOLDER.glob("*.lua"))
INCLUDES = sorted((FOLDER / "lib").glob("*.lua"))
READS = {
    *("check_rights", "explain_routing", "get_calendar"),
    *("get_agent", "get_center", "get_center_snapshot", "get_contact", "get_queue_position", "get_work"),
    *("list_agents", "list_centers", "list_contacts", "list_skills", "read_events"),
}
RELEASING = {
    *("abandon_contact", "accept_assignment", "cancel_contact", "complete_contact", "confirm_events"),
    *("decline_assignment", "finish_wrap_up", "fire_deadlines"),
    "advance_clock",  # so that deadlines fire
    "check_meta",  # a full store is healthy: those who empty it must reach it
}


def code(path: Path) -> str:
    """A file's text without its comments."""
    return re.sub(r"--.*", "", re.sub(r"--\[\[.*?\]\]", "", path.read_text(), flags=re.DOTALL))


def test_every_script_has_a_stub_and_every_stub_a_script() -> None:
    assert sorted(scripts.NAMES) == [file.stem for file in FILES]


def test_every_script_has_its_test() -> None:
    assert {file.stem for file in FILES} <= {
        path.stem.removeprefix("test_") for path in Path(__file__).parent.iterdir()
    }


@pytest.mark.parametrize("name", scripts.NAMES)
def test_a_header_tells_arguments_reply_and_refusals(name: str) -> None:
    header = re.search(r"--\[\[(.*?)\]\]", (FOLDER / f"{name}.lua").read_text(), re.DOTALL)
    assert header
    told = header[1]
    assert re.search(r"^ok\b", told, re.MULTILINE)
    for argument in library.bound_arguments(name):
        assert re.search(rf"\b{argument}\b", told), f"the header does not tell {argument}"
    refused = set(re.findall(r"refuse\('([A-Z_]+)'", library.expand(name, Variant())))
    refused |= set(re.findall(r"refuse\(\w+ and '([A-Z_]+)' or", library.expand(name, Variant())))
    listed = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", told.split("\nerr", 1)[1])) if "\nerr" in told else set()
    if "request_id" not in library.bound_arguments(name):
        refused.discard("REQUEST_ID_REUSED")
    assert refused <= listed, f"the header does not list {refused - listed}"


def test_the_families_of_keys_are_those_of_the_python_module() -> None:
    used = {
        family
        for path in FILES + INCLUDES
        for family in re.findall(r"\bkey\('(\w+)'", code(path))
        + re.findall(r"page\([^;]*?, '(\w+)', after", code(path))
    }
    assert used == set(keys.FAMILIES) | set(keys.REGISTRY_FAMILIES)


def test_no_script_builds_a_key_by_itself() -> None:
    """Only `lib/keys` joins the prefix with something; names and wake-ups cut the center's id out of it."""
    for path in FILES + INCLUDES:
        assert path.stem == "keys" or not re.search(r"prefix *\.\.", code(path)), path.name
        calls = re.findall(r"redis\.call\('(\w[\w.]*)', *('[^']*')", code(path))
        assert [call for call in calls if call[0] not in ("PUBLISH", "TIME")] == [], path.name


def test_only_the_clock_reads_the_time() -> None:
    assert [path.name for path in FILES + INCLUDES if "'TIME'" in code(path)] == ["clock.lua"]
    moved = {path.name for path in FILES + INCLUDES if "virtual_time" in code(path)}
    assert moved == {"advance_clock.lua", "clock_virtual.lua"}


def test_flags_say_what_a_script_may_do() -> None:
    for file in FILES:
        first = file.read_text().split("\n", 1)[0]
        flags = {"no-writes"} if file.stem in READS else {"allow-oom"} if file.stem in RELEASING else set()
        assert first == " flags=".join(["#!lua", *flags]), file.name


@pytest.mark.parametrize("name", sorted(READS))
def test_a_read_writes_nothing(name: str) -> None:
    allowed = {"GET", "HGET", "HGETALL", "HMGET", "HLEN", "EXISTS", "TIME", "XRANGE", "XREVRANGE"}
    allowed |= {"ZCARD", "ZRANGE", "ZRANGEBYLEX", "ZRANGEBYSCORE", "ZRANK", "ZSCORE", "JSON.GET", "SET", "JSON.SET"}
    allowed |= {"ZMSCORE", "ZCOUNT"}
    # The two of `lib/document` that write are in its text, and never called.
    text = library.expand(name, Variant())
    assert "write_document(key" not in text
    assert set(re.findall(r"redis\.call\('([\w.]+)'", text)) <= allowed


@pytest.mark.parametrize("name", scripts.NAMES)
def test_what_takes_a_request_id_recalls_and_remembers_it(name: str) -> None:
    text = library.expand(name, Variant())
    with_id = "request_id" in library.bound_arguments(name)
    assert with_id == ("recall(request_id, fingerprint)" in text) == ("remember(request_id, fingerprint, " in text)


CONSTANTS = (
    "before",
    "channels",
    "choice",
    "counted",
    "document",
    "keys",
    "looks",
    "names",
    "reply",
    "slots",
    "written",
)
"""Includes that are no function, or several, or what a script keeps while it runs."""


def test_includes_are_used_and_hold_one_function_each() -> None:
    asked = {
        found for path in FILES + INCLUDES for found in re.findall(r'@(?:include|seldom) "lib/(\w+)"', path.read_text())
    }
    forms = {f"{include.removeprefix('lib/')}_virtual" for include in library.BY_CLOCK} | {
        "document_json",
        "write_contact_whole",
    }
    assert asked | forms == {path.stem for path in INCLUDES}
    for path in INCLUDES:
        functions = re.findall(r"^local function (\w+)", path.read_text(), re.MULTILINE)
        stem = path.stem.removesuffix("_json").removesuffix("_virtual").removesuffix("_whole")
        assert stem in CONSTANTS or functions == [stem], path.name


def test_files_are_short() -> None:
    for path in FILES + INCLUDES:
        assert len(path.read_text().splitlines()) <= 120, path.name


def test_expansion_is_deterministic_and_differs_by_variant() -> None:
    shas = {library.script("enqueue_contact", variant).sha for variant in VARIANTS}
    assert len(shas) == len(VARIANTS)
    text = library.expand("enqueue_contact", Variant())
    assert "@include" not in text
    assert "@seldom" not in text
    assert text.count("local function stamp()") == 1


def lua_folder(folder: Path, **files: str) -> Path:
    (folder / "lib").mkdir()
    for name, text in files.items():
        where = folder / "lib" if name != "verb" else folder
        (where / f"{name}.lua").write_text(text)
    return folder


def test_what_is_seldom_is_made_when_it_is_called(tmp_path: Path) -> None:
    folder = lua_folder(
        tmp_path,
        verb='#!lua\nlocal prefix = unpack(KEYS)\n-- @include "lib/plain"\n-- @seldom "lib/rare"\n'
        '-- @include "lib/inner"\nreturn rare(1) + inner()\n',
        plain="local function plain() return 1 end\n",
        inner="local function inner() return 2 end\n",
        rare='-- @include "lib/plain"\n-- @include "lib/inner"\n'
        "local function rare(n) return plain() + inner() + n end\n",
    )
    text = library.expand("verb", Variant(folder=folder))
    # What was known before is not made again; what was not is known inside alone.
    assert text.count("local function plain()") == 1
    assert text.count("local function inner()") == 2
    order = ["local function rare(...)", "local function inner", "local function rare(n)", "return rare(...)\nend"]
    assert sorted(order, key=text.index) == order


def test_what_keeps_state_is_not_made_anew_with_each_call(tmp_path: Path) -> None:
    folder = lua_folder(
        tmp_path,
        verb='#!lua\n-- @seldom "lib/rare"\nreturn rare()\n',
        rare="local count = 0\nlocal function rare()\n  count = count + 1\n  return count\nend\n",
    )
    with pytest.raises(ValueError, match="lib/rare or what it includes keeps state"):
        library.expand("verb", Variant(folder=folder))


def test_what_most_functions_use_stands_around_the_others(tmp_path: Path) -> None:
    more = "".join(f"local function more_{number}() return 1 end\n" for number in range(library.MANY - 1))
    folder = lua_folder(
        tmp_path,
        verb='#!lua\nlocal prefix = unpack(KEYS)\nlocal id = unpack(ARGV)\n-- @include "lib/rare"\nreturn rare(id)\n',
        rare='-- @include "lib/keys"\nlocal function rare(id) return key(id) end\n' + more,
        keys="local function key(id) return prefix .. id end\n",
    )
    text = library.expand("verb", Variant(folder=folder))
    order = [
        "unpack(ARGV)",
        "local function key",
        "return (function()",
        "local function rare",
        "return rare(id)",
        "end)()",
    ]
    assert sorted(order, key=text.index) == order


def test_a_script_must_begin_with_its_shebang(tmp_path: Path) -> None:
    (tmp_path / "bad.lua").write_text("return 1\n")
    with pytest.raises(ValueError, match=r"bad\.lua must begin with #!lua"):
        library.script("bad", Variant(folder=tmp_path))


def test_a_stub_that_does_not_fit_its_script_is_refused_at_import() -> None:
    async def accept_assignment(_caller: scripts.Caller, _center: str, *, contact_id: str) -> scripts.Reply:
        raise AssertionError(contact_id)

    with pytest.raises(TypeError, match=r"accept_assignment.lua binds ARGV to .*, its stub declares \['contact_id'\]"):
        scripts.lua(accept_assignment)


@pytest.mark.skipif(shutil.which("luacheck") is None, reason="luacheck is not installed (apt: lua-check)")
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: f"{variant.documents}-{variant.clock}")
def test_luacheck_finds_nothing(tmp_path: Path, variant: Variant) -> None:
    for name in scripts.NAMES:
        text = library.expand(name, variant).replace("#!lua", "--", 1)
        (tmp_path / f"{name}.lua").write_text(text)
    command = ["luacheck", "--std", "lua51", "--no-color", "--no-max-line-length", "--codes"]
    # An include has names of its own, and parts that not every script needs.
    command += ["--ignore", "431", "211/load_.*", "211/read_text", "211/write_document"]
    command += ["211/.*_before", "211/.*s_left", "241/.*_before", "241/written", "221/counted"]
    command += ["--read-globals", "redis", "cjson", "cmsgpack", "KEYS", "ARGV"]
    found = subprocess.run([*command, "--", str(tmp_path)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-3000:]
