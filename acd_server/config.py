"""Settings: the only module that reads the environment.

Everything else gets values by constructor. Sources, the first that has a value
wins: arguments, `ACD_*` variables, `ACD_*_FILE` for secrets, the TOML file named
by `ACD_CONFIG_FILE`, defaults. `load` reports every fault at once.
"""

import difflib
import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, Self
from urllib.parse import quote, urlsplit, urlunsplit

from acd_server.setting import Setting, setting

PREFIX = "ACD_"
SECRETS = ("redis_url", "redis_password", "token")
"""Fields that may also come from a file: `ACD_REDIS_PASSWORD_FILE` and so on."""
Fault = tuple[tuple[str, ...], str]
"""The fields that a fault depends on, and a sentence."""
REDIS_SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster", "unix")


class ConfigError(Exception):
    """The settings are wrong. `faults` has one sentence per fault, all of them."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        count = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__("\n  ".join([f"the settings have {count}:", *faults]))


class Settings:
    """What one process of the router needs to know. `load` reads and checks it; made directly it has
    what is given and defaults, unchecked."""

    # The server.
    address: str = setting(
        "127.0.0.1:7700", "Where the server listens: `host:port` or `unix:/path`. Port 0 takes a free one."
    )
    workers: int = setting(1, "Processes that share the address. A worker that dies is started again.", ge=1, le=64)
    reflection: bool = setting(False, "Answers gRPC reflection. Always on in `acd dev`.")
    unary_timeout_s: float = setting(5.0, "Time for a unary call whose client set no deadline.", unit="s", gt=0, le=300)
    drain_notice_s: float = setting(
        0.5,
        "Time between NOT_SERVING and the end of feeds: twice the balancer's check.",
        unit="s",
        ge=0,
        le=60,
    )
    drain_grace_s: float = setting(10.0, "Time for calls in flight to end when draining.", unit="s", ge=0, le=600)
    tls_cert_file: str = setting(
        "", "Certificate chain (PEM) of the server: it speaks TLS, and nothing else. Read again when it changes."
    )
    tls_key_file: str = setting("", "Its key.")
    agent_check_address: str = setting(
        "", "Where HAProxy's agent-check is answered: `ready`, or `drain` when stopping. `host:port`; empty: nowhere."
    )

    # The store.
    redis_url: str = setting(
        "",
        "`redis://user@host:port`, `redis+cluster://user@host:port,…`, `rediss…` for TLS, `unix:///path`. "
        "Empty: a private store in `data_dir`.",
        secret=True,
    )
    redis_password: str = setting("", "Put into `redis_url` where that has none.", secret=True)
    redis_ca_file: str = setting(
        "", "Certificates (PEM) that vouch for those of the store. Empty: those that this machine trusts."
    )
    redis_cert_file: str = setting("", "Certificate (PEM) that the server shows the store, if it wants one.")
    redis_key_file: str = setting("", "Its key.")
    data_dir: str = setting("", "Folder of the private store. Empty: a temporary one, deleted at the end.")
    embedded_json_module: str = setting("", "Path of a JSON module (`rejson.so`) that the private store loads.")
    durability: Literal["auto", "replicated", "local"] = setting(
        "auto", "When a change is acknowledged: on a replica too, or on the primary. `auto`: replicated on a cluster."
    )
    documents: Literal["auto", "string", "json"] = setting(
        "auto", "Kind of documents in a new data set. `auto`: JSON where the store has the type."
    )
    clock: Literal["redis", "virtual"] = setting(
        "redis",
        "`virtual`: time stands still until a simulator moves it. Only in `acd dev`, with a private store.",
    )
    lua_dir: str = setting(
        "", "Folder of other scripts than the router's own: for proofs that wrong ones are noticed, never to serve."
    )
    max_waiting_per_center: int = setting(100_000, "Waiting contacts of a center; more get `QUEUE_FULL`.", ge=1)
    max_classes_per_center: int = setting(
        4096, "Different requirements among the waiting contacts of a center; more get `TOO_MANY_CLASSES`.", ge=1
    )

    # Feeds.
    max_feeds_per_center: int = setting(
        200, "Open feeds of a center on one server process; more get `TOO_MANY_FEEDS`.", ge=1
    )
    feed_history_max: int = setting(
        100_000,
        "Events that a center created from now on keeps for resuming feeds; never more than 15 minutes or 256 MiB.",
        ge=1000,
    )
    feed_checkpoint_s: float = setting(
        10.0, "Longest silence of a feed whose client asks for nothing else.", unit="s", ge=0.1, le=60
    )
    feed_write_timeout_s: float = setting(
        10.0, "Time a reader has to take a message before `FEED_OVERRUN`.", unit="s", gt=0, le=300
    )

    feed_max_life_s: float = setting(
        1800.0,
        "Time after which a feed ends with a checkpoint, less up to half by chance: "
        "its client goes on at once, on whichever server the balancer chooses now.",
        unit="s",
        ge=1,
        le=86_400,
    )

    # Access.
    auth: Literal["", "none", "tokens"] = setting(
        "", "`tokens`: every call needs one. `none`: no call does. Empty: as `none`, on loopback only."
    )
    tokens_file: str = setting("", "TOML or JSON file of hashed tokens; read again when it changes.")

    # What operators see.
    metrics_address: str = setting(
        "", "Where the server's Prometheus metrics are: `host:port`; worker n adds n to the port. Empty: nowhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting("info", "Least level that is logged.")
    log_format: Literal["auto", "json", "console"] = setting("auto", "`auto`: console on a terminal, JSON elsewhere.")
    failpoints: str = setting(
        "", "Places where the process dies, pauses or fails: for proofs that it is survived, never to serve."
    )

    # Clients: the dispatcher and the operator commands.
    servers: str = setting("127.0.0.1:7700", "gRPC target of the servers, for dispatchers and commands.")
    token: str = setting("", "Token of the dispatcher or the command.", secret=True)
    ca_file: str = setting(
        "",
        "Certificates (PEM) that vouch for those of the servers: dispatchers and commands speak TLS. "
        "`public`: the public ones that gRPC knows.",
    )
    dispatcher_health_address: str = setting("", "Where a dispatcher answers `grpc.health.v1`. Empty: nowhere.")
    dispatcher_metrics_address: str = setting("", "Where a dispatcher's metrics are. Empty: nowhere.")

    GROUPS: ClassVar[dict[str, str]] = {
        "address": "Server",
        "redis_url": "Store",
        "max_feeds_per_center": "Feeds",
        "auth": "Access",
        "metrics_address": "Logs and metrics",
        "servers": "Dispatchers and commands",
    }
    """First field of each group → its title, for the table in docs."""

    def __init__(self, **values: Any) -> None:
        """Raises TypeError for a name that is no setting."""
        if unknown := values.keys() - FIELDS.keys():
            raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
        self.__dict__.update({name: field.default for name, field in FIELDS.items()} | values)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        del value
        raise AttributeError(f"settings do not change: {name}")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name, field in FIELDS.items() if not field.secret)
        return f"Settings({shown})"

    def but(self, **values: Any) -> Self:
        """The same with other values."""
        return type(self)(**self.__dict__ | values)

    def store_url(self) -> str:
        """`redis_url` with `redis_password` in it where it has none of its own."""
        parts = urlsplit(self.redis_url)
        user, _, hosts = parts.netloc.rpartition("@")
        if not self.redis_password or not parts.netloc or ":" in user:
            return self.redis_url
        return urlunsplit(parts._replace(netloc=f"{user}:{quote(self.redis_password, safe='')}@{hosts}"))


FIELDS: dict[str, Setting] = {name: value for name, value in vars(Settings).items() if isinstance(value, Setting)}
"""Every setting by name, in the order of the page."""
KINDS: dict[str, Any] = {name: Settings.__annotations__[name] for name in FIELDS}
"""str, int, float, bool, or Literal with the values that there are."""


def _variables() -> dict[str, Any]:
    """What the environment says; an empty variable counts as unset."""
    found = {name: os.environ.get(f"{PREFIX}{name.upper()}") for name in FIELDS}
    return {name: value for name, value in found.items() if value}


def _secret_files(faults: list[str]) -> dict[str, Any]:
    values = {}
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}_FILE"
        path = os.environ.get(variable)
        if not path:
            continue
        try:
            # The first line: while a password is changed, the store's own file of it has two.
            values[name] = Path(path).read_text(encoding="utf-8").strip().partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{variable}: {path} cannot be read: {_why(error)}")
    return values


def _config_file(faults: list[str]) -> dict[str, Any]:
    path = os.environ.get(f"{PREFIX}CONFIG_FILE")
    if not path:
        return {}
    import tomllib  # noqa: PLC0415 - the start is quicker without where there is no file

    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(f"{PREFIX}CONFIG_FILE: {path} cannot be read: {_why(error)}")
        return {}
    faults += [f"{name} (in {path}): no such setting{_did_you_mean(name, FIELDS)}" for name in values.keys() - FIELDS]
    return {name: value for name, value in values.items() if name in FIELDS}


def _why(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _did_you_mean(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def load(**arguments: Any) -> Settings:
    """Reads the settings; `arguments` win over every source. Raises ConfigError with all faults."""
    faults: list[str] = []
    files = _config_file(faults) | _secret_files(faults)
    given = files | _variables() | arguments
    values: dict[str, Any] = {}
    for name in [name for name in FIELDS if name in given]:
        try:
            values[name] = FIELDS[name].read(KINDS[name], given[name])
        except ValueError as error:
            told = "" if name in SECRETS else f" (given: {given[name]!r})"
            faults.append(f"{PREFIX}{name.upper()}: {error}{told}")
    wrong = given.keys() - values.keys()
    # With defaults in place of what is wrong, the rest can still be checked.
    settings = Settings(**values)
    faults += [fault for fields, fault in cross_faults(settings) if not wrong.intersection(fields)]
    if faults:
        raise ConfigError(faults)
    return settings


def cross_faults(settings: Settings) -> list[Fault]:
    """What no field can see alone: the fields that it depends on, and a sentence."""
    faults = _address_faults(settings)
    if not any(fields == ("address",) for fields, _ in faults):
        faults += _access_faults(settings)
    return [*faults, *_store_faults(settings), *_certificate_faults(settings)]


def require_guarded(settings: Settings) -> None:
    """Raises ConfigError where the address would be open to others by accident."""
    faults = [fault for _, fault in _access_faults(settings)]
    if faults:
        raise ConfigError(faults)


def _address_faults(settings: Settings) -> list[Fault]:
    names = (
        "address",
        "agent_check_address",
        "metrics_address",
        "dispatcher_health_address",
        "dispatcher_metrics_address",
    )
    faults: list[Fault] = []
    for name in names:
        value = getattr(settings, name)
        if value or name == "address":
            try:
                split_address(value, unix=name == "address")
            except ValueError as error:
                faults.append(((name,), f"{PREFIX}{name.upper()}: {error} (given: {value!r})"))
    if settings.workers > 1 and settings.address.endswith(":0"):
        faults.append((("workers", "address"), f"{PREFIX}WORKERS: several workers need a fixed port in ACD_ADDRESS"))
    return faults


def _access_faults(settings: Settings) -> list[Fault]:
    faults: list[Fault] = []
    if not settings.auth and not is_loopback(settings.address):
        fault = (
            f"{PREFIX}ADDRESS: {settings.address} can be reached from other machines: set ACD_AUTH=tokens with "
            "ACD_TOKENS_FILE, or ACD_AUTH=none to serve everybody"
        )
        faults.append((("auth", "address"), fault))
    if settings.auth == "tokens" and not settings.tokens_file:
        faults.append((("auth", "tokens_file"), f"{PREFIX}TOKENS_FILE: required with ACD_AUTH=tokens"))
    return faults


def _store_faults(settings: Settings) -> list[Fault]:
    faults: list[Fault] = []
    scheme = settings.redis_url.partition("://")[0]
    if settings.redis_url and scheme not in REDIS_SCHEMES:
        schemes = ", ".join(f"{scheme}://" for scheme in REDIS_SCHEMES)
        faults.append((("redis_url",), f"{PREFIX}REDIS_URL: must start with one of {schemes}"))
    if settings.redis_url and (settings.data_dir or settings.embedded_json_module):
        fault = f"{PREFIX}DATA_DIR, {PREFIX}EMBEDDED_JSON_MODULE: only for a private store, not with ACD_REDIS_URL"
        faults.append((("redis_url", "data_dir"), fault))
    if settings.redis_url and settings.clock == "virtual":
        fault = f"{PREFIX}CLOCK: virtual is for `acd dev` with its private store, never with ACD_REDIS_URL"
        faults.append((("redis_url", "clock"), fault))
    if not settings.redis_url and settings.durability == "replicated":
        faults.append((("redis_url", "durability"), f"{PREFIX}DURABILITY: a private store has no replicas"))
    return faults


FILES = ("tls_cert_file", "tls_key_file", "redis_ca_file", "redis_cert_file", "redis_key_file", "ca_file")
"""Fields that name a file of certificates or a key."""
PUBLIC = "public"
"""Instead of a file: the public authorities that gRPC knows."""


def _certificate_faults(settings: Settings) -> list[Fault]:
    faults: list[Fault] = []
    for name in FILES:
        path = getattr(settings, name)
        if path and not (name == "ca_file" and path == PUBLIC) and not os.access(path, os.R_OK):
            faults.append(((name,), f"{PREFIX}{name.upper()}: {path} cannot be read"))
    for kind in ("tls", "redis"):
        cert, key = f"{kind}_cert_file", f"{kind}_key_file"
        if bool(getattr(settings, cert)) != bool(getattr(settings, key)):
            faults.append(((cert, key), f"{PREFIX}{cert.upper()}, {PREFIX}{key.upper()}: one needs the other"))
    given = [name for name in FILES if name.startswith("redis_") and getattr(settings, name)]
    if given and not settings.redis_url.startswith("rediss"):
        fault = f"{PREFIX}{given[0].upper()}: only for TLS, with a rediss:// or rediss+cluster:// ACD_REDIS_URL"
        faults.append((("redis_url", given[0]), fault))
    return faults


def split_address(address: str, *, unix: bool = False) -> tuple[str, int]:
    """Host and port of `host:port` or `[v6]:port`; path and 0 of `unix:/path`. Raises ValueError."""
    if unix and address.startswith("unix:"):
        return address.removeprefix("unix:"), 0
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the highest port
        raise ValueError("must have the form host:port")
    return host, int(port)


def is_loopback(address: str) -> bool:
    """True where only this machine can reach the address."""
    if address.startswith("unix:"):
        return True
    try:
        host, _ = split_address(address)
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each ACD_* variable that nothing reads, most likely misspelt."""
    known = {f"{PREFIX}{name.upper()}": None for name in FIELDS}
    known |= {f"{PREFIX}{name.upper()}_FILE": None for name in SECRETS}
    known[f"{PREFIX}CONFIG_FILE"] = None
    return [
        f"{name}: no such setting{_did_you_mean(name, known)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_") and name not in known
    ]
