"""`acd dev`, `acd serve` and the small commands, as processes."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

from acd.v1.center_service_pb2 import CreateCenterRequest, GetCenterRequest
from acd.v1.center_service_pb2_grpc import CenterServiceStub
from acd_server.auth import parse_tokens
from acd_server.settings_page import markdown
from tests.support.cells import CELLS, DEFAULT
from tests.support.redis_process import free_port
from tests.support.wait import wait_for

# Processes that import everything, on a machine that runs other tests as well.
pytestmark = pytest.mark.timeout(240)
PATIENCE_S = 90.0

ACD = (sys.executable, "-c", "from acd_server.cli import main; main()")


def clean(**variables: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ACD_")} | variables


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ACD, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=clean(**variables)
    )


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [*ACD, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean(**variables)
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def shared() -> Iterator[str]:
    """A store for several workers. Which kind makes no difference to them."""
    processes = CELLS[DEFAULT].make()
    try:
        processes.start()
        yield processes.application_url
    finally:
        processes.remove()


def serving(port: int) -> bool:
    """A connection of its own each time, so that any worker may answer."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        check: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
        try:
            answer = health_pb2.HealthCheckResponse.FromString(check(b"", timeout=2))
        except (grpc.RpcError, DecodeError):
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def children(pid: int) -> set[int]:
    """The workers: multiprocessing's own helper is none."""
    found = set()
    for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{line}/cmdline").read_bytes():
            found.add(int(line))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_dev_keeps_its_data_and_ends_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    port, data = free_port(), tmp_path / "data"
    for center in ("acme", "other"):
        with started("dev", "--port", str(port), "--data", str(data)) as process:
            assert process.stdout is not None
            wait_for(lambda: serving(port), "acd dev serves", PATIENCE_S)
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub = CenterServiceStub(channel)
                stub.CreateCenter(CreateCenterRequest(center_id=center), timeout=5)
                assert stub.GetCenter(GetCenterRequest(name="centers/acme"), timeout=5).center.name == "centers/acme"
            process.send_signal(number)
            told, _ = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0, told
        assert f"acd is ready on 127.0.0.1:{port}" in told
        assert len(re.findall(r"^  (?:acd|grpcurl) ", told, re.MULTILINE)) == 3
        assert "Traceback" not in told


def test_workers_are_started_again_and_end_together(shared: str) -> None:
    port = free_port()
    variables = {"ACD_REDIS_URL": shared, "ACD_DRAIN_NOTICE_S": "0"}
    with started("serve", "--workers", "2", "--address", f"127.0.0.1:{port}", **variables) as process:
        wait_for(lambda: serving(port), "serves", PATIENCE_S)
        first = wait_for(lambda: len(found := children(process.pid)) == 2 and found, "two workers run", PATIENCE_S)
        os.kill(min(first), signal.SIGKILL)
        both = wait_for(
            lambda: len(found := children(process.pid)) == 2 and found != first and found, "two again", PATIENCE_S
        )
        wait_for(lambda: serving(port), "serves again", PATIENCE_S)
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, told
    assert "worker_died" in told
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in both), "the workers are gone", PATIENCE_S)


def test_workers_end_with_a_supervisor_that_was_killed(shared: str) -> None:
    port = free_port()
    variables = {"ACD_REDIS_URL": shared, "ACD_DRAIN_NOTICE_S": "0"}
    with started("serve", "--workers", "2", "--address", f"127.0.0.1:{port}", **variables) as process:
        wait_for(lambda: serving(port), "serves", PATIENCE_S)
        workers = wait_for(lambda: len(found := children(process.pid)) == 2 and found, "two workers run", PATIENCE_S)
        process.kill()
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), "the workers are gone", PATIENCE_S)


def test_faulty_settings_end_with_2_and_every_fault() -> None:
    ended = run("serve", ACD_ADDRESS="0.0.0.0:7700", ACD_WORKERS="none", ACD_REDIS_URL="x")
    assert ended.returncode == 2
    assert "3 faults" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_address_that_is_taken_ends_with_1() -> None:
    port = free_port()
    with started("dev", "--port", str(port)):
        wait_for(lambda: serving(port), "acd dev serves", PATIENCE_S)
        ended = run("dev", "--port", str(port))
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["serve"], {"ACD_CLOCK": "virtual"}),
        (["serve"], {"ACD_CLOCK": "virtual", "ACD_REDIS_URL": "redis://127.0.0.1:1"}),
        (["dev", "--clock", "virtual"], {"ACD_REDIS_URL": "redis://127.0.0.1:1"}),
        (["dev"], {"ACD_CLOCK": "virtual", "ACD_REDIS_URL": "redis://127.0.0.1:1"}),
    ],
)
def test_the_virtual_clock_is_refused_where_it_might_be_production(
    arguments: list[str], variables: dict[str, str]
) -> None:
    ended = run(*arguments, **variables)
    assert ended.returncode == 2
    assert "ACD_CLOCK: virtual is for `acd dev`" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_token_makes_one_and_its_entry() -> None:
    ended = run("token", "new", "agent", "--center", "acme", "--agent", "ann")
    assert ended.returncode == 0
    ((digest, principal),) = parse_tokens(ended.stderr, is_json=False).items()
    assert (principal.role, principal.center, principal.agent) == ("agent", "acme", "ann")
    assert digest not in ended.stdout
    assert run("token", "new", "king").returncode == 2


def test_settings_prints_the_page_and_hides_secrets() -> None:
    assert run("settings", "--markdown").stdout == markdown()
    ended = run("settings", ACD_TOKEN="hush")
    assert "ACD_TOKEN=(set)" in ended.stdout
    assert "hush" not in ended.stdout
