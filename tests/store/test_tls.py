"""One node with TLS: who is let in, and what the others are told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from acd_server.errors import AcdError
from acd_server.store import Store, Tls
from tests.support.cells import IN_CI, CellMissingError, program
from tests.support.certificates import Authority
from tests.support.redis_process import StoreProcess, as_application, free_port
from tests.support.wait import wait_until


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls_port(authority: Authority) -> Iterator[int]:
    """Of a node of Redis 7 that wants everybody's certificate; the private store's program is built without TLS."""
    port, pair = free_port(), authority.issue("store", "127.0.0.1")
    options = {
        "tls-port": str(port),
        "tls-cert-file": str(pair.cert_file),
        "tls-key-file": str(pair.key_file),
        "tls-ca-cert-file": str(authority.ca_file),
        "tls-auth-clients": "yes",
    }
    try:
        process = StoreProcess(program("redis7"), options=options)
    except CellMissingError as error:
        if IN_CI:
            raise
        pytest.skip(str(error))
    process.start()
    yield port
    process.remove()


@pytest.fixture(scope="module")
def files(authority: Authority) -> Tls:
    own = authority.issue("server", "localhost")
    return Tls(str(authority.ca_file), str(own.cert_file), str(own.key_file))


async def test_with_the_right_certificates_it_works(tls_port: int, files: Tls) -> None:
    store = await Store.open(as_application(f"rediss://127.0.0.1:{tls_port}"), tls=files)
    await store.check()
    await store.close()


async def refusal(url: str, tls: Tls) -> AcdError:
    with pytest.raises(AcdError) as caught:
        await Store.open(url, tls=tls)
    return caught.value


@pytest.mark.parametrize("scheme", ["rediss", "rediss+cluster"])
async def test_an_authority_that_is_another(tls_port: int, files: Tls, scheme: str, tmp_path: Path) -> None:
    stranger = replace(files, ca_file=str(Authority(tmp_path).ca_file))
    error = await refusal(f"{scheme}://127.0.0.1:{tls_port}", stranger)
    assert (error.reason, error.metadata["cause"]) == ("STORE_REFUSES", "TLS")
    assert "ACD_REDIS_CA_FILE must name the certificate of its authority" in str(error)


async def test_a_certificate_for_another_address(tls_port: int, files: Tls) -> None:
    error = await refusal(f"rediss://localhost:{tls_port}", files)
    assert (error.reason, error.metadata["cause"]) == ("STORE_REFUSES", "TLS")
    assert "its own must be for the address" in str(error)


@pytest.mark.parametrize("scheme", ["rediss", "rediss+cluster"])
async def test_who_shows_no_certificate(tls_port: int, files: Tls, scheme: str) -> None:
    """By TLS 1.3 he hears of it after he was let in, and may be cut off before he hears: the next time, then."""

    async def told() -> bool:
        error = await refusal(f"{scheme}://127.0.0.1:{tls_port}", replace(files, cert_file="", key_file=""))
        assert error.reason in ("STORE_REFUSES", "STORE_UNAVAILABLE")
        return "does it want a certificate" in str(error) and error.metadata["cause"] == "TLS"

    await wait_until(told, "he is told", 30.0)


async def test_a_port_without_tls(files: Tls) -> None:
    process = StoreProcess(program("valkey9"), port=free_port())
    process.start()
    try:
        error = await refusal(f"rediss://127.0.0.1:{process.port}", files)
        assert error.reason == "STORE_UNAVAILABLE", "it hangs up without a word"
    finally:
        process.remove()
