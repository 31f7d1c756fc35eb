"""Who may import what: the layers of the design, held by a test."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PRODUCT = ("acd_server", "dispatcher", "clients/python/acd_client", "clients/simulator")


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def importers(package: str, *folders: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in modules(*folders)
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
    }


def test_only_the_store_knows_redis() -> None:
    found = importers("redis", *PRODUCT)
    assert found
    assert all(path.startswith("acd_server/store/") for path in found), found


def test_only_the_edge_knows_grpc() -> None:
    """Services, interceptors, app, health; the table of errors names its codes."""
    allowed = ("acd_server/services/", "acd_server/interceptors/")
    files = {"acd_server/app.py", "acd_server/health.py", "acd_server/late.py", "acd_server/errors.py"}
    files.add("acd_server/cli/_output.py")  # the command line is a client; codes make exit statuses
    found = importers("grpc", "acd_server")
    assert {path for path in found if not path.startswith(allowed)} <= files


def test_the_dispatcher_knows_the_servers_through_the_client_only() -> None:
    """Of the server's package it may read the settings, at its entry."""
    found = importers("acd_server", "dispatcher")
    assert found <= {"dispatcher/app.py", "dispatcher/__main__.py"}
    for name in found:
        used = {module for module in imports(ROOT / name) if module.startswith("acd_server")}
        assert {module for module in used if not module.startswith(("acd_server.config", "acd_server.telemetry"))} <= {
            "acd_server"
        }


def test_the_client_and_the_simulator_use_the_public_api_only() -> None:
    assert not importers("acd_server", "clients/python/acd_client", "clients/simulator")
    assert not importers("dispatcher", "clients/python/acd_client", "clients/simulator")


def test_only_one_module_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in modules("acd_server", "dispatcher", "clients/python/acd_client")
        if "os.environ" in path.read_text(encoding="utf-8") or "getenv" in path.read_text(encoding="utf-8")
    }
    # The command line says which ACD_* variables nothing reads.
    assert readers <= {"acd_server/config.py", "acd_server/cli/_process.py"}
