"""docker-compose.yml: Compose takes it without a word, and every part has what keeps it in its bounds."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.cells import IN_CI
from tools.fetch_compose import NoComposeError, command

ROOT = Path(__file__).parent.parent.parent
PARTS = ["dispatcher", "lb1", "lb2", "prometheus", "redis-1", "redis-2", "redis-3", "server", "simulator"]
OURS = [part for part in PARTS if part != "prometheus"]


def compose(folder: Path, *words: str, more: str = "") -> subprocess.CompletedProcess[str]:
    try:
        program = command()
    except NoComposeError as error:
        if IN_CI:
            raise
        pytest.skip(str(error))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ACD_", "DOCKER_", "COMPOSE_"))
    }
    files = ["--file", str(ROOT / "docker-compose.yml"), *(["--file", str(ROOT / more)] if more else [])]
    return subprocess.run(
        [*program, "--project-directory", str(ROOT), *files, "--profile", "*", *words],
        env={**environment, "ACD_SECRETS": str(folder)},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    secrets = tmp_path_factory.mktemp("secrets")
    subprocess.run([ROOT / "tools" / "make_secrets.sh", secrets], check=True, capture_output=True)
    read = compose(secrets, "config", "--format", "json")
    assert read.returncode == 0, read.stderr
    assert read.stderr == ""
    found: dict[str, Any] = json.loads(read.stdout)
    return found


def test_all_parts_are_there(stack: dict[str, Any]) -> None:
    assert sorted(stack["services"]) == PARTS
    for part, least in (("server", 2), ("dispatcher", 2)):
        assert stack["services"][part]["deploy"]["replicas"] >= least


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_kept_in_bounds(stack: dict[str, Any], part: str) -> None:
    service = stack["services"][part]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_ADMIN", "NET_RAW"] if part.startswith("lb") else [])
    assert "privileged" not in service
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert service["restart"] == ("no" if part == "simulator" else "unless-stopped")


@pytest.mark.parametrize("part", [part for part in OURS if part != "simulator"])
def test_every_part_that_stays_is_asked_how_it_is(stack: dict[str, Any], part: str) -> None:
    assert stack["services"][part]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("part", OURS)
def test_no_secret_is_in_the_environment(stack: dict[str, Any], part: str) -> None:
    variables = stack["services"][part].get("environment", {})
    secret = {name for name in variables if name.endswith(("PASSWORD", "TOKEN", "KEY", "SECRET"))}
    assert secret == set()
    for name, value in variables.items():
        if name.endswith(("PASSWORD_FILE", "TOKEN_FILE", "TOKENS_FILE")):
            mounted = {f"/run/secrets/{one['source']}" for one in stack["services"][part]["secrets"]}
            assert value in mounted


@pytest.mark.parametrize("dockerfile", ["Dockerfile", "haproxy/Dockerfile", "redis/Dockerfile"])
def test_no_image_runs_as_root(dockerfile: str) -> None:
    users = [line for line in (ROOT / dockerfile).read_text().splitlines() if line.startswith("USER")]
    assert users[-1] == "USER 10001:10001"


def test_the_fixed_addresses_are_never_given_out(stack: dict[str, Any]) -> None:
    pool = stack["networks"]["stack"]["ipam"]["config"][0]
    assert pool["ip_range"].split(".")[-1] == "128/25"
    fixed = [
        network["ipv4_address"]
        for service in stack["services"].values()
        for network in service.get("networks", {}).values()
        if network
    ]
    assert len(fixed) == 5
    assert all(int(address.rpartition(".")[2]) < 128 for address in fixed)
    assert len(set(fixed)) == len(fixed)


def test_what_a_part_is_told_of_the_others_is_true(stack: dict[str, Any]) -> None:
    services = stack["services"]
    address = {part: services[part]["networks"]["stack"]["ipv4_address"] for part in PARTS if part[:2] in ("lb", "re")}
    nodes = ",".join(f"{address[f'redis-{node}']}:7001" for node in (1, 2, 3))
    virtual = services["lb1"]["environment"]["ACD_VIP"].partition("/")[0]
    assert {services[f"redis-{node}"]["environment"]["STORE_NODES"] for node in (1, 2, 3)} == {nodes}
    assert services["server"]["environment"]["ACD_REDIS_URL"] == f"redis+cluster://acd@{virtual}:6379,{nodes}"
    assert services["dispatcher"]["environment"]["ACD_SERVERS"] == f"{virtual}:7700"
    for own, peer in (("lb1", "lb2"), ("lb2", "lb1")):
        variables = services[own]["environment"]
        assert (variables["ACD_VIP_OWN"], variables["ACD_VIP_PEER"]) == (address[own], address[peer])


def test_every_connection_is_tls_where_it_is_asked_for(tmp_path: Path, stack: dict[str, Any]) -> None:
    read = compose(tmp_path, "config", "--format", "json", more="docker-compose.tls.yml")
    assert (read.returncode, read.stderr) == (0, "")
    services = json.loads(read.stdout)["services"]
    ca = "/run/secrets/ca.pem"
    added = {
        name: dict(service["environment"].items() - stack["services"][name]["environment"].items())
        for name, service in services.items()
        if name != "prometheus"
    }
    assert added["lb1"] == {
        "ACD_LB_GRPC": "127.0.0.1:7709",
        "ACD_LB_TLS": stack["services"]["lb1"]["environment"]["ACD_LB_GRPC"],
        "ACD_LB_TLS_CERT": "/run/secrets/front.both",
        "ACD_LB_SERVER_CA": ca,
        "ACD_LB_REDIS_CA": ca,
    }
    files = {"CERT": "/run/secrets/store.pem", "KEY": "/run/secrets/store.key", "CA": ca}
    assert added["redis-1"] == {f"STORE_TLS_{kind}_FILE": path for kind, path in files.items()}
    assert added["server"] == {
        "ACD_TLS_CERT_FILE": "/run/secrets/server.pem",
        "ACD_TLS_KEY_FILE": "/run/secrets/server.key",
        "ACD_REDIS_URL": stack["services"]["server"]["environment"]["ACD_REDIS_URL"].replace("redis+", "rediss+"),
        "ACD_REDIS_CA_FILE": ca,
    }
    assert added["lb2"] == added["lb1"]
    assert added["redis-2"] == added["redis-3"] == added["redis-1"]
    assert added["dispatcher"] == added["simulator"] == {"ACD_CA_FILE": ca}
    for name, variables in added.items():
        mounted = {f"/run/secrets/{secret['source']}" for secret in services[name]["secrets"]}
        assert {value for value in variables.values() if value.startswith("/run/secrets/")} <= mounted
        assert "/run/secrets/ca.key" not in mounted


def test_certificates_are_made_once_for_the_addresses_of_the_stack(tmp_path: Path, stack: dict[str, Any]) -> None:
    if shutil.which("openssl") is None:
        assert not IN_CI, "there is no openssl; `make setup-system` installs it"
        pytest.skip("there is no openssl")
    make = [ROOT / "tools" / "make_certificates.sh", tmp_path / "secrets"]
    subprocess.run(make, check=True, capture_output=True, env={**os.environ, "ACD_FRONT": "DNS:acd.example"})
    first = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    again = subprocess.run(make, check=True, capture_output=True, text=True)
    assert again.stdout == ""
    assert {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()} == first
    nodes = [stack["services"][f"redis-{node}"]["networks"]["stack"]["ipv4_address"] for node in (1, 2, 3)]
    virtual = stack["services"]["lb1"]["environment"]["ACD_VIP"].partition("/")[0]
    for name, hosts in (("store", [*nodes, virtual]), ("server", ["server"]), ("front", [virtual, "acd.example"])):
        for host in hosts:
            kind = "-verify_ip" if host[0].isdigit() else "-verify_hostname"
            command = ["openssl", "verify", "-CAfile", "ca.pem", kind, host, f"{name}.pem"]
            subprocess.run(command, cwd=tmp_path / "secrets", check=True, capture_output=True)
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert (tmp_path / "secrets" / "ca.key").stat().st_mode & 0o077 == 0


def test_secrets_are_made_once(tmp_path: Path) -> None:
    make = [ROOT / "tools" / "make_secrets.sh", tmp_path / "secrets"]
    subprocess.run(make, check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    again = subprocess.run(make, check=True, capture_output=True, text=True)
    assert again.stdout == ""
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == first
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert len(set(first.values())) == len(first)
