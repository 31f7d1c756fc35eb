"""TLS on the whole way: client, balancer, server, store's discovery. With a real HAProxy."""

import os
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from acd_client import AcdApiError, AcdClient
from acd_client.channel import trusting
from acd_server.store import Store
from tests.stack.test_balancer_configuration import ALWAYS, ROOT, program
from tests.support.certificates import Authority
from tests.support.redis_process import free_port
from tests.support.server import running
from tests.support.wait import wait_until


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def balanced(server: str, agent_port: int, folder: Path, authority: Authority, **more: str) -> AsyncIterator[str]:
    """A balancer with TLS in front of a server; gives its address once the server is up there."""
    port, internal = free_port(), free_port()
    pair = authority.issue("balancer", "127.0.0.1").both()
    variables = {
        **ALWAYS,
        "ACD_LB_GRPC": f"127.0.0.1:{free_port()}",
        "ACD_LB_REDIS": f"127.0.0.1:{free_port()}",
        "ACD_LB_INTERNAL": f"127.0.0.1:{internal}",
        "ACD_LB_AGENT_PORT": str(agent_port),
        "ACD_LB_SOCKET": str(folder / "s"),
        "ACD_LB_SERVER_1": server,
        "ACD_LB_SERVER_2": f"127.0.0.1:{free_port()}",  # nobody is there
        "ACD_LB_TLS": f"127.0.0.1:{port}",
        "ACD_LB_TLS_CERT": str(pair),
        **more,
    }
    command = [program("haproxy"), "-db", "-f", str(ROOT / "haproxy" / "haproxy.cfg")]
    process = subprocess.Popen(  # noqa: ASYNC220 - a fork, no wait
        command, env={"PATH": os.environ["PATH"], **variables}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with AcdClient(f"127.0.0.1:{port}", ca_file=str(authority.ca_file)) as client:

            async def answers() -> bool:
                assert process.poll() is None, "HAProxy ended"
                try:
                    await client.centers.list_centers()
                except AcdApiError:
                    return False
                return True

            await wait_until(answers, "the balancer has found the server", 20.0)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("inside", [False, True], ids=["to the balancer", "to the server"])
async def test_a_client_with_tls(inside: bool, store: Store, tmp_path: Path, authority: Authority) -> None:
    agent_port = free_port()
    settings: dict[str, str] = {"agent_check_address": f"127.0.0.1:{agent_port}"}
    more: dict[str, str] = {}
    if inside:
        own = authority.issue("server", "127.0.0.1")
        settings |= {"tls_cert_file": str(own.cert_file), "tls_key_file": str(own.key_file)}
        more["ACD_LB_SERVER_CA"] = str(authority.ca_file)
    async with (
        running(store, **settings) as server,
        balanced(server.target, agent_port, tmp_path, authority, **more) as address,
        AcdClient(address, ca_file=str(authority.ca_file)) as client,
    ):
        await client.centers.create_center(center_id="basel")
        async with client.watch("basel") as feed:
            assert (await anext(feed)).resume_token
        assert _protocol(address, authority, "h2") == "h2"
        await _refused(address, str(Authority(tmp_path, "stranger").ca_file))
        await _refused(address, "")
        await _refused(address, "public")


async def _refused(address: str, ca_file: str) -> None:
    async with AcdClient(address, ca_file=ca_file) as client:
        with pytest.raises(AcdApiError) as caught:
            await client.ready(1.5)
        assert caught.value.code == grpc.StatusCode.UNAVAILABLE


def _protocol(address: str, authority: Authority, wanted: str) -> str | None:
    """What is agreed on by ALPN."""
    context = ssl.create_default_context(cafile=str(authority.ca_file))
    context.set_alpn_protocols([wanted])
    host, _, port = address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), 5) as plain,
        context.wrap_socket(plain, server_hostname=host) as tls,
    ):
        return tls.selected_alpn_protocol()


async def test_a_certificate_that_is_renewed(store: Store, tmp_path: Path, authority: Authority) -> None:
    """Connections that come after it get the new one; a pair that does not fit changes nothing."""
    own = authority.issue("server", "127.0.0.1")
    later = tmp_path / "later"
    later.mkdir()
    second = Authority(later)
    renewed = second.issue("server", "127.0.0.1")
    async with running(store, tls_cert_file=str(own.cert_file), tls_key_file=str(own.key_file)) as server:
        async with AcdClient(server.target, ca_file=str(authority.ca_file)) as client:
            await client.centers.create_center(center_id="basel")
            own.key_file.write_bytes(renewed.key_file.read_bytes())
            own.cert_file.write_bytes(renewed.cert_file.read_bytes())
            assert await client.centers.get_center(name="centers/basel"), "whoever is connected stays"
        await _refused(server.target, str(authority.ca_file))
        own.key_file.write_text("no key")
        async with AcdClient(server.target, ca_file=str(second.ca_file)) as client:
            assert await client.centers.get_center(name="centers/basel")


async def test_a_pair_that_does_not_fit_is_told_at_start(store: Store, authority: Authority) -> None:
    own, other = authority.issue("server", "127.0.0.1"), authority.issue("other", "127.0.0.1")
    with pytest.raises(OSError, match="are no certificate and its key: KEY_VALUES_MISMATCH"):
        async with running(store, tls_cert_file=str(own.cert_file), tls_key_file=str(other.key_file)):
            raise AssertionError("it started")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert trusting("") is None
    with pytest.raises(FileNotFoundError):
        trusting(str(tmp_path / "absent"))
