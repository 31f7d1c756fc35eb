"""Request ids: what makes repeating a call safe."""

import hashlib

from google.protobuf.message import Message

from acd_server.store import RequestKey

_FIELD = "request_id"


def request_key(request: Message) -> RequestKey | None:
    """Key under which the store remembers the reply; None without a request id.

    The request id must have been checked. Two requests have the same fingerprint
    when they are of the same method and equal in every other field, so that an id
    used again for something else is refused with REQUEST_ID_REUSED.
    """
    request_id: str = getattr(request, _FIELD)
    if not request_id:
        return None
    rest = type(request)()
    rest.CopyFrom(request)
    rest.ClearField(_FIELD)
    # Every method has a request message of its own, so that its name stands for the method.
    digest = hashlib.sha256(request.DESCRIPTOR.full_name.encode())
    digest.update(b"\0" + rest.SerializeToString(deterministic=True))
    return RequestKey(request_id.lower(), digest.hexdigest())
