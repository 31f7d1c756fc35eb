"""Settings: where they come from, and that every fault is told at once."""

from pathlib import Path

import pytest

from acd_server import config, settings_page
from acd_server.config import ConfigError, load

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in config.FIELDS:
        monkeypatch.delenv(f"ACD_{name.upper()}", raising=False)
        monkeypatch.delenv(f"ACD_{name.upper()}_FILE", raising=False)
    monkeypatch.delenv("ACD_CONFIG_FILE", raising=False)


def faults(**arguments: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(**arguments)
    return caught.value.faults


def test_without_anything_it_serves_this_machine_from_a_private_store() -> None:
    settings = load()
    assert (settings.address, settings.redis_url, settings.auth) == ("127.0.0.1:7700", "", "")


def test_arguments_win_over_variables_over_secret_files_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "acd.toml").write_text('workers = 2\nlog_level = "debug"\ntoken = "from-toml"\nunary_timeout_s = 1\n')
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("ACD_CONFIG_FILE", str(tmp_path / "acd.toml"))
    monkeypatch.setenv("ACD_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("ACD_WORKERS", "3")
    monkeypatch.setenv("ACD_LOG_LEVEL", "error")
    settings = load(log_level="warning")
    found = (settings.log_level, settings.workers, settings.token, settings.unary_timeout_s)
    assert found == ("warning", 3, "from-file", 1.0)


def test_of_a_file_with_several_passwords_the_first_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("the next\nthe old one\n")
    monkeypatch.setenv("ACD_REDIS_PASSWORD_FILE", str(tmp_path / "password"))
    assert load().redis_password == "the next"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACD_WORKERS", "")
    assert load().workers == 1


def test_certificates_come_in_pairs_and_can_be_read(tmp_path: Path) -> None:
    there = tmp_path / "there.pem"
    there.touch()
    found = faults(tls_cert_file=str(there), redis_key_file=str(tmp_path / "absent"), redis_url="redis://h:1")
    assert [fault.partition(":")[0] for fault in found] == [
        "ACD_REDIS_KEY_FILE",
        "ACD_TLS_CERT_FILE, ACD_TLS_KEY_FILE",
        "ACD_REDIS_CERT_FILE, ACD_REDIS_KEY_FILE",
        "ACD_REDIS_KEY_FILE",
    ]
    assert faults(ca_file="absent.pem") == ["ACD_CA_FILE: absent.pem cannot be read"]
    assert load(ca_file=config.PUBLIC).ca_file == "public"


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "acd.toml").write_text("wrokers = 2\n")
    monkeypatch.setenv("ACD_CONFIG_FILE", str(tmp_path / "acd.toml"))
    monkeypatch.setenv("ACD_TOKEN_FILE", str(tmp_path / "absent"))
    monkeypatch.setenv("ACD_WORKERS", "many")
    monkeypatch.setenv("ACD_UNARY_TIMEOUT_S", "-1")
    monkeypatch.setenv("ACD_REDIS_URL", "http://user:secret@host")
    monkeypatch.setenv("ACD_ADDRESS", "0.0.0.0:7700")
    monkeypatch.setenv("ACD_METRICS_ADDRESS", "nowhere")
    text = "\n".join(faults())
    for expected in (
        "wrokers (in",
        "did you mean workers?",
        "ACD_TOKEN_FILE",
        "ACD_WORKERS",
        "ACD_UNARY_TIMEOUT_S",
        "ACD_REDIS_URL: must start with",
        "ACD_ADDRESS: 0.0.0.0:7700 can be reached from other machines",
        "ACD_METRICS_ADDRESS: must have the form host:port",
    ):
        assert expected in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("workers", "64", 64),
        ("unary_timeout_s", "0.25", 0.25),
        ("unary_timeout_s", "300", 300.0),
        ("reflection", "Yes", True),
        ("reflection", "0", False),
        ("auth", "none", "none"),
        ("data_dir", "7", "7"),
    ],
)
def test_a_text_is_read_by_its_kind(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, expected: str | float
) -> None:
    monkeypatch.setenv(f"ACD_{name.upper()}", text)
    found = getattr(load(), name)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "given", "fault"),
    [
        ("workers", "many", "must be a whole number (given: 'many')"),
        ("workers", 1.5, "must be a whole number (given: 1.5)"),
        ("workers", True, "must be a whole number (given: True)"),
        ("workers", 0, "must be ≥ 1, ≤ 64 (given: 0)"),
        ("workers", 65, "must be ≥ 1, ≤ 64 (given: 65)"),
        ("unary_timeout_s", "soon", "must be a number (given: 'soon')"),
        ("unary_timeout_s", False, "must be a number (given: False)"),
        ("unary_timeout_s", 0, "must be > 0, ≤ 300 s (given: 0)"),
        ("unary_timeout_s", "nan", "must be > 0, ≤ 300 s (given: 'nan')"),
        ("unary_timeout_s", "inf", "must be > 0, ≤ 300 s (given: 'inf')"),
        ("reflection", "perhaps", "must be true or false (given: 'perhaps')"),
        ("reflection", 1, "must be true or false (given: 1)"),
        ("data_dir", 7, "must be a text (given: 7)"),
        ("clock", "wall", "must be one of redis, virtual (given: 'wall')"),
        ("auth", "all", "must be one of nothing, none, tokens (given: 'all')"),
        ("token", 7, "must be a text"),
    ],
)
def test_what_is_of_another_kind_or_outside_the_limits_is_told(name: str, given: object, fault: str) -> None:
    assert faults(**{name: given}) == [f"ACD_{name.upper()}: {fault}"]


def test_settings_do_not_change() -> None:
    settings = load(workers=2)
    with pytest.raises(AttributeError, match="workers"):
        settings.workers = 3
    assert (settings.workers, settings.but(workers=3).workers) == (2, 3)
    with pytest.raises(TypeError, match="wrokers"):
        config.Settings(wrokers=2)


@pytest.mark.parametrize("address", ["127.0.0.1:0", "127.8.9.1:1", "localhost:7700", "[::1]:7700", "unix:/run/acd"])
def test_loopback_needs_no_access_control(address: str) -> None:
    assert load(address=address).auth == ""


@pytest.mark.parametrize("address", ["0.0.0.0:7700", "[::]:7700", "10.1.2.3:7700", "router.example:7700"])
def test_another_address_needs_tokens_or_an_explicit_none(address: str) -> None:
    assert "set ACD_AUTH=tokens" in faults(address=address)[0]
    assert load(address=address, auth="none").auth == "none"
    assert load(address=address, auth="tokens", tokens_file="tokens.toml").auth == "tokens"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"auth": "tokens"}, "ACD_TOKENS_FILE: required"),
        ({"redis_url": "redis://h:1", "data_dir": "d"}, "ACD_DATA_DIR"),
        ({"redis_url": "redis://h:1", "clock": "virtual"}, "ACD_CLOCK: virtual is for `acd dev`"),
        ({"durability": "replicated"}, "ACD_DURABILITY: a private store has no replicas"),
        ({"address": "127.0.0.1:0", "workers": 2}, "ACD_WORKERS: several workers need a fixed port"),
        ({"address": "127.0.0.1"}, "ACD_ADDRESS: must have the form host:port"),
        ({"address": "127.0.0.1:65536"}, "ACD_ADDRESS: must have the form host:port"),
    ],
)
def test_settings_that_do_not_go_together(arguments: dict[str, object], fault: str) -> None:
    told = faults(**arguments)
    assert len(told) == 1
    assert fault in told[0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host:6379/0", "redis://:p%40ss%2F@host:6379/0"),
        ("redis+cluster://a:1,b:2", "redis+cluster://:p%40ss%2F@a:1,b:2"),
        ("redis+cluster://acd@a:1,b:2", "redis+cluster://acd:p%40ss%2F@a:1,b:2"),
        ("redis://user:own@host:6379", "redis://user:own@host:6379"),
    ],
)
def test_the_password_goes_into_a_url_that_has_none(url: str, expected: str) -> None:
    assert load(redis_url=url, redis_password="p@ss/").store_url() == expected


def test_secrets_are_not_printed() -> None:
    settings = load(redis_url="redis://:hush@h:1", redis_password="hush", token="hush")
    assert "hush" not in repr(settings)


def test_a_misspelt_variable_is_pointed_out() -> None:
    told = config.unknown_variables({"ACD_ADRESS": "x", "ACD_ADDRESS": "x", "ACD_TEST_REDIS": "x", "HOME": "x"})
    assert told == ["ACD_ADRESS: no such setting; did you mean ACD_ADDRESS?"]


def test_the_page_of_settings_is_current() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_page.markdown(), "run: acd settings --markdown > docs/settings.md"


def test_every_setting_has_a_meaning() -> None:
    for name, field in config.FIELDS.items():
        assert field.meaning, name
        assert not name.endswith("_s") or field.unit == "s", name
