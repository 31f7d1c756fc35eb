"""What a request must look like, checked before anything is done with it.

One function per request: it returns plain checked values, or raises INVALID_FIELD or
PAGE_TOKEN_INVALID. Nothing that is set is silently ignored, but `name` and
output-only fields on create and update, and fields that an update mask leaves out.
"""

from acd_server.validation.dispatch import validate_fire, validate_match, validate_watch_work
from acd_server.validation.feed import Watch, validate_watch

__all__ = ["Watch", "validate_fire", "validate_match", "validate_watch", "validate_watch_work"]
