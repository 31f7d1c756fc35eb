"""Opaque tokens of the API: where a feed goes on, where a list goes on.

A token is `version · CRC-32 · body`, base64url without padding. The checksum finds
tokens that were cut or typed; it keeps no secret, and a forged token reaches
nothing that its caller may not read anyway. A new form gets a new version byte;
readers know the present and the previous one.
"""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import NoReturn

from acd_server.errors import AcdError

_RESUME = b"\x01"
_PAGE = b"\x41"
_MAX_LENGTH = 1024
_MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True)
class ResumeToken:
    """A point in the history of a center: after the event `sequence`.

    `incarnation` tells one data set from another, `stamp` (µs) one history from
    another: an event with this number and another stamp is not the one that the
    client saw.
    """

    center: str
    incarnation: str
    sequence: int
    stamp: int


def _seal(version: bytes, body: bytes) -> str:
    checksum = binascii.crc32(version + body).to_bytes(4, "big")
    return urlsafe_b64encode(version + checksum + body).rstrip(b"=").decode("ascii")


def _unseal(version: bytes, text: str, reason: str) -> bytes:
    if len(text) > _MAX_LENGTH:
        raise AcdError(reason)
    try:
        data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise AcdError(reason) from None
    body = data[5:]
    # Sealing again refuses what base64 readers overlook: foreign characters, spare bits.
    if data[:1] != version or _seal(version, body) != text:
        raise AcdError(reason)
    return body


def encode_resume_token(token: ResumeToken) -> str:
    parts = (token.center, token.incarnation, str(token.sequence), str(token.stamp))
    return _seal(_RESUME, "\0".join(parts).encode())


def decode_resume_token(text: str, center: str) -> ResumeToken:
    """Raises RESUME_TOKEN_INVALID when malformed, or of another center."""
    reason = "RESUME_TOKEN_INVALID"
    try:
        parts = _unseal(_RESUME, text, reason).decode().split("\0")
    except UnicodeDecodeError:
        raise AcdError(reason) from None
    if len(parts) != 4 or parts[0] != center:  # noqa: PLR2004 - as many as encode_resume_token writes
        raise AcdError(reason)
    return ResumeToken(parts[0], parts[1], _number(parts[2], reason), _number(parts[3], reason))


def _number(text: str, reason: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_MAX_NUMBER)):
        _refuse(reason)
    number = int(text)
    if number > _MAX_NUMBER or str(number) != text:
        _refuse(reason)
    return number


def _refuse(reason: str) -> NoReturn:
    raise AcdError(reason)


def _digest(arguments: tuple[str, ...]) -> bytes:
    joined = b"".join(len(part).to_bytes(4, "big") + part for part in (argument.encode() for argument in arguments))
    return hashlib.sha256(joined).digest()[:8]


def encode_page_token(cursor: str, *arguments: str) -> str:
    """The token of the page after `cursor` of the list with these arguments; "" for ""."""
    return _seal(_PAGE, _digest(arguments) + cursor.encode()) if cursor else ""


def decode_page_token(text: str, *arguments: str) -> str:
    """The cursor; "" for "". Raises PAGE_TOKEN_INVALID when malformed, or of other arguments."""
    if not text:
        return ""
    reason = "PAGE_TOKEN_INVALID"
    body = _unseal(_PAGE, text, reason)
    if body[:8] != _digest(arguments) or len(body) == 8:  # noqa: PLR2004 - the length of a digest
        raise AcdError(reason)
    try:
        return body[8:].decode()
    except UnicodeDecodeError:
        raise AcdError(reason) from None
