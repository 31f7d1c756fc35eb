"""The health checks of containers: a few bytes of HTTP/2 against a true gRPC server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio

from acd_server import health_probe
from acd_server.certificates import server_credentials
from tests.support.certificates import Authority

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
async def health() -> AsyncIterator[tuple[aio.HealthServicer, int]]:
    server, servicer = grpc.aio.server(), aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield servicer, port
    await server.stop(None)


@pytest.mark.parametrize(("state", "code"), [(SERVING, 0), (NOT_SERVING, 1)])
async def test_it_says_what_the_server_says(
    health: tuple[aio.HealthServicer, int], state: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    servicer, port = health
    await servicer.set("", state)
    assert await asyncio.to_thread(health_probe.main, f"127.0.0.1:{port}") == code
    assert capsys.readouterr().err == ("" if code == 0 else f"127.0.0.1:{port} is not SERVING\n")


async def test_a_server_with_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Authority(tmp_path).issue("server", "127.0.0.1")
    server, servicer = grpc.aio.server(), aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    credentials = server_credentials(str(own.cert_file), str(own.key_file))
    address = f"127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"
    await server.start()
    try:
        assert await asyncio.to_thread(health_probe.main, address) == 1, "it does not know that there is TLS"
        monkeypatch.setenv("ACD_TLS_CERT_FILE", str(own.cert_file))
        assert await asyncio.to_thread(health_probe.main, address) == 0
    finally:
        await server.stop(None)


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        assert health_probe.main(address) == 1
    assert capsys.readouterr().err.startswith(f"{address}: ")


def test_somebody_who_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        health_probe.serving("127.0.0.1", silent.getsockname()[1], patience=0.2)
