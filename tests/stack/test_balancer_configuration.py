"""The balancer's configuration is one that HAProxy and Keepalived take, in every form that its variables give it."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.cells import IN_CI
from tests.support.certificates import Authority

ROOT = Path(__file__).parent.parent.parent
ALWAYS = {
    "ACD_LB_GRPC": "127.0.0.1:7700",
    "ACD_LB_REDIS": "127.0.0.1:6379",
    "ACD_LB_INTERNAL": "127.0.0.1:8404",
    "ACD_LB_AGENT_PORT": "7701",
    **{f"ACD_LB_REDIS_{node}": f"127.0.0.1:{7000 + node}" for node in (1, 2, 3)},
}
ADDRESSES = {f"ACD_LB_SERVER_{number}": f"127.0.0.1:770{number}" for number in (1, 2)}
VIRTUAL = {
    "ACD_VIP": "10.0.0.100/24",
    "ACD_VIP_INTERFACE": "lo",
    "ACD_VIP_OWN": "127.0.0.1",
    "ACD_VIP_PEER": "127.0.0.2",
    "ACD_VIP_PRIORITY": "101",
    "ACD_LB_INTERNAL": "127.0.0.1:8404",
}


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if IN_CI:
            raise AssertionError(f"there is no {name}; `make setup-system` installs it")
        pytest.skip(f"there is no {name}")
    return found


def environment(variables: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **variables}


@pytest.mark.parametrize("servers", [ADDRESSES, {"ACD_LB_SERVERS": "server:7700"}], ids=["by address", "by name"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_haproxy_takes_it(servers: dict[str, str], tls: bool, tmp_path: Path) -> None:
    variables = {**ALWAYS, **servers, "ACD_LB_SOCKET": str(tmp_path / "s")}
    if tls:
        authority = Authority(tmp_path)
        vouching = dict.fromkeys(("ACD_LB_SERVER_CA", "ACD_LB_REDIS_CA"), str(authority.ca_file))
        pair = authority.issue("balancer", "127.0.0.1").both()
        variables |= {"ACD_LB_TLS": "127.0.0.1:7443", "ACD_LB_TLS_CERT": str(pair), **vouching}
    command = [program("haproxy"), "-c", "-f", str(ROOT / "haproxy" / "haproxy.cfg")]
    checked = subprocess.run(command, env=environment(variables), check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_keepalived_takes_it(tmp_path: Path) -> None:
    real = next((name for _, name in socket.if_nameindex() if name != "lo"), None)
    if real is None:
        pytest.skip("Keepalived wants an interface other than lo, and there is none")
    variables = {**VIRTUAL, "ACD_VIP_INTERFACE": real}
    printed = subprocess.run(
        [ROOT / "haproxy" / "keepalived.sh"], env=environment(variables), check=True, capture_output=True, text=True
    ).stdout
    assert "nopreempt" in printed
    config = tmp_path / "keepalived.conf"
    config.write_text(printed)
    command = [program("keepalived"), "--config-test", f"--use-file={config}"]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr + checked.stdout


def test_what_is_missing_is_named() -> None:
    incomplete = {name: value for name, value in VIRTUAL.items() if name != "ACD_VIP_PEER"}
    ended = subprocess.run(
        [ROOT / "haproxy" / "keepalived.sh"],
        env=environment(incomplete),
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode != 0
    assert "ACD_VIP_PEER" in ended.stderr
