"""The identity of a request, by which repeating it is recognised."""

from typing import NamedTuple


class RequestKey(NamedTuple):
    """The caller's request id, and a fingerprint of everything else in the request."""

    id: str
    fingerprint: str


NO_REQUEST = RequestKey("", "")
