"""The connection to the routers: keepalive, reconnection, the published retry policy."""

import ipaddress
import json
from importlib import resources
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

# A dead peer is noticed within 7 s. The servers allow pings every 4 s.
_OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.keepalive_time_ms", 5_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # Also the longest time that one attempt to connect may take.
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Each client has connections of its own, so that closing one disturbs no other.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 1),
    ("grpc.primary_user_agent", "acd-client-python"),
)


def service_config() -> str:
    """The published service config, as JSON: deadlines, retries, throttling.

    The file is also `clients/service_config.json`, for clients in other languages.
    """
    text = resources.files("acd_client").joinpath("service_config.json").read_text(encoding="utf-8")
    return json.dumps(json.loads(text))


def open_channel(target: str, credentials: grpc.ChannelCredentials | None = None) -> grpc.aio.Channel:
    """A channel to `target`; without credentials it is not encrypted. Needs a running event loop."""
    options = (*_OPTIONS, ("grpc.service_config", service_config()))
    if credentials is None:
        return grpc.aio.insecure_channel(resolve(target), options)
    return grpc.aio.secure_channel(resolve(target), credentials, options)


PUBLIC = "public"
"""Instead of a file: the public authorities that gRPC knows."""


def trusting(ca_file: str) -> grpc.ChannelCredentials | None:
    """TLS with servers for whom one of the certificates (PEM) in a file vouches; "": no TLS. Raises OSError."""
    if not ca_file:
        return None
    return grpc.ssl_channel_credentials(None if ca_file == PUBLIC else Path(ca_file).read_bytes())


def resolve(target: str) -> str:
    """A gRPC target. `address:port,address:port` are servers of equal rank; anything else is left as it is.

    Raises ValueError when one of several is not an IP address: names are looked up one at a time.
    """
    parts = [part.strip() for part in target.split(",")]
    if len(parts) == 1 or ":///" in target or target.startswith(("ipv4:", "ipv6:")):
        return target
    try:
        versions = {ipaddress.ip_address(part.rpartition(":")[0].strip("[]")).version for part in parts}
    except ValueError as error:
        raise ValueError(f"{target}: several servers are given by IP address and port") from error
    if len(versions) > 1:
        raise ValueError(f"{target}: IPv4 and IPv6 addresses cannot be mixed")
    return f"ipv{versions.pop()}:{','.join(parts)}"
