"""A cluster whose connections are all TLS, replicas' and those of the bus too; and what one hears who is not let in."""

import shutil
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from acd_server.errors import AcdError
from acd_server.store import Store, Tls
from store_node.configuration import configuration
from store_node.settings import SettingsError, load
from tests.store.seeds import POLICY
from tests.store_node.nodes import OPERATOR, Nodes
from tests.store_node.test_settings import RIGHT
from tests.support.certificates import Authority

pytestmark = pytest.mark.timeout(240)


async def refusal(url: str, tls: Tls) -> AcdError:
    with pytest.raises(AcdError) as caught:
        await Store.open(url, tls=tls)
    return caught.value


async def test_a_cluster_with_tls(encrypted: Nodes, authority: Authority, tmp_path: Path) -> None:
    store = await Store.open(encrypted.url, tls=Tls(str(authority.ca_file)))
    try:
        await store.centers.create_center("basel", display_name="", policy=POLICY, request=None)
        assert await store.centers.get_center("basel")
    finally:
        await store.close()
    with encrypted.as_user(2, 2, "operator", OPERATOR) as operator:
        found = operator.config_get("tls-*")
        assert (found["tls-cluster"], found["tls-replication"]) == ("yes", "yes")
        assert operator.config_get("port") == {"port": "0"}
    # An authority that nobody knows, none at all, and no TLS.
    other = tmp_path / "other"
    other.mkdir()
    for tls in (Tls(str(Authority(other).ca_file)), Tls()):
        error = await refusal(encrypted.url, tls)
        assert (error.reason, error.metadata["cause"]) == ("STORE_REFUSES", "TLS")
        assert "ACD_REDIS_CA_FILE must name the certificate of its authority" in str(error)
    error = await refusal(encrypted.url.replace("rediss", "redis"), Tls())
    assert error.reason == "STORE_UNAVAILABLE"
    # The bus wants a certificate: it has no passwords.
    assert not _speaks_on_the_bus(encrypted)


def _speaks_on_the_bus(nodes: Nodes) -> bool:
    """Whether one without TLS gets an answer there, or is even kept."""
    address = nodes.membership.process(1, 1).address
    with socket.create_connection((address.host, address.port + 10_000), 5) as connection, suppress(ConnectionError):
        connection.sendall(b"RCmb" + bytes(2300))
        return bool(connection.recv(1))
    return False


def test_a_node_that_was_lost_comes_back(encrypted: Nodes) -> None:
    encrypted.time_to_write(1, "before")
    encrypted.kill(1)
    encrypted.time_to_write(1, "without it")
    encrypted.start(1)
    encrypted.wait_until_whole()
    assert encrypted.read(1) == "without it"
    assert [encrypted.check(node) for node in (1, 2, 3)] == [0, 0, 0]


def test_all_three_files_or_none(tmp_path: Path) -> None:
    files = {f"STORE_TLS_{kind}_FILE": tmp_path / kind for kind in ("CERT", "KEY", "CA")}
    for path in files.values():
        path.touch()
    texts = {name: str(path) for name, path in files.items()}
    lines = configuration(load({**RIGHT, **texts}), 2, tmp_path).splitlines()
    assert "port 0" in lines
    assert "tls-port 7002" in lines
    del texts["STORE_TLS_CA_FILE"]
    with pytest.raises(SettingsError, match="STORE_TLS_CA_FILE: TLS needs it"):
        load({**RIGHT, **texts})
    shutil.rmtree(tmp_path)
    with pytest.raises(SettingsError, match=r"STORE_TLS_KEY_FILE: .* cannot be read"):
        load({**RIGHT, **{name: str(path) for name, path in files.items()}})
