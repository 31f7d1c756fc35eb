"""What makes a start quick without changing what is started."""

import contextlib
import gc
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """For a start: what imports make stays for good, and the collector looks for garbage in it some ten times.

    Nor does it ever after: what was made by then is left out of its rounds.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def without(package: str) -> Iterator[None]:
    """What is imported here finds that there is no such package, unless it was imported before.

    structlog takes rich for tracebacks that we print otherwise: 50 ms of the start.
    """
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # Python's own sign for it
    try:
        yield
    finally:
        del sys.modules[package]
