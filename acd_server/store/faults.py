"""What a store's error reply means: try again elsewhere or later, or tell the caller.

Error replies are told apart by their first word, which Redis and Valkey keep stable,
with one exception.
"""

import contextlib
import ssl
from collections.abc import Iterator
from enum import Enum

from redis.exceptions import (
    AskError,
    ClusterDownError,
    MasterDownError,
    MovedError,
    NoScriptError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from acd_server.errors import AcdError


@contextlib.contextmanager
def closed_is_lost() -> Iterator[None]:
    """Around what is asked of a connection: uvloop says RuntimeError, no connection error, of a transport
    that was closed in the same moment."""
    try:
        yield
    except RuntimeError as error:
        raise RedisConnectionError(str(error)) from error


class Fault(Enum):
    """What to do about an error reply. The script ran in none of these cases."""

    LOAD = "load the script and send the call again"
    MOVED = "read the map of the cluster again, then send the call again"
    WAIT = "send the call again a little later"
    FATAL = "tell the caller"


_SENTENCES = {
    "READONLY": "the store node is a read-only replica: point the server at the primary, or wait for the failover",
    "LOADING": "the store is loading its data set into memory: wait until it has finished",
    "NOREPLICAS": "the store has no replica in reach and refuses writes: bring a replica back",
    "MISCONF": "the store cannot write to its disk and refuses writes: free disk space, then see its log",
    "CLUSTERDOWN": "a part of the cluster is down: bring the missing node back, or wait for the failover",
    "MASTERDOWN": "the store node has lost its primary: wait for the failover",
    "NOAUTH": "the store wants a password: put it into the store's address",
    "WRONGPASS": "the store does not know this user and password: correct them in the store's address",
    "NOPERM": "the store's user may not run the router's scripts: correct its access rules",
    "BUSY": "the store is busy with a script that never ends: see its slow log",
}


_DENIED = ("The user executing the script can't", "ACL failure in script")
"""How Redis 7.0, and later stores, tell that a script was refused a command: the one reply that has no first word."""


def error_reply(error: Exception) -> ResponseError | None:
    """The error reply of the store behind an exception; None when the connection was lost.

    redis-py raises some replies (LOADING, NOAUTH, WRONGPASS) as lost connections.
    """
    if isinstance(error, ResponseError):
        return error
    word = getattr(error, "status_code", None)
    return ResponseError(str(error), status_code=word) if word in _SENTENCES else None


def _word(error: ResponseError) -> str:
    """The first word of the reply, which redis-py takes off those that it knows."""
    if any(words in str(error) for words in _DENIED):
        return "NOPERM"
    return error.status_code or str(error).split(" ", 1)[0].lstrip("-")


def classify(error: ResponseError) -> Fault:
    if isinstance(error, NoScriptError):
        return Fault.LOAD
    if isinstance(error, (MovedError, AskError)):
        return Fault.MOVED
    if isinstance(error, (TryAgainError, ClusterDownError, MasterDownError, ReadOnlyError)):
        return Fault.MOVED
    if _word(error) in {"LOADING", "NOREPLICAS", "BUSY"}:
        return Fault.WAIT
    return Fault.FATAL


def as_refusal(error: ResponseError) -> AcdError | None:
    """The refusal that tells the caller what to do; None for a fault of ours."""
    word = _word(error)
    if word == "OOM":
        return AcdError("STORE_FULL")
    if word in _SENTENCES:
        return AcdError("STORE_REFUSES", _SENTENCES[word], cause=word)
    if isinstance(error, (MovedError, AskError, TryAgainError)):
        return AcdError("STORE_UNAVAILABLE")
    return None


def tls_refusal(error: BaseException) -> AcdError | None:
    """The refusal for a connection that TLS did not allow; None where it was lost in another way."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return AcdError(
                "STORE_REFUSES",
                f"the store's certificate is not accepted ({seen.verify_message}): ACD_REDIS_CA_FILE must name the "
                "certificate of its authority, and its own must be for the address that is connected to",
                cause="TLS",
            )
        if isinstance(seen, ssl.SSLError) and seen.reason not in _TORN:
            return AcdError(
                "STORE_REFUSES",
                f"the store and this server do not agree on TLS ({seen.reason}): does it want a certificate "
                "(ACD_REDIS_CERT_FILE)?",
                cause="TLS",
            )
        seen = seen.__cause__ or seen.__context__
    return None


_TORN = {"UNEXPECTED_EOF_WHILE_READING", "APPLICATION_DATA_AFTER_CLOSE_NOTIFY"}
"""What TLS says of a connection that was lost, in this way or that."""
