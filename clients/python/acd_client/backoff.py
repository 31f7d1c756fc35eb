"""Growing waits between attempts, spread so that many clients do not come back as one."""

import random

# A stream that lasted this long, in seconds, was sound. One that breaks off sooner, again
# and again, must not be opened again and again without a pause.
STEADY = 3.0


class Backoff:
    """`next()` is how long to wait, in seconds; `reset()` after a success."""

    def __init__(self, first: float = 0.05, most: float = 2.0) -> None:
        self._first = first
        self._most = most
        self._attempt = 0

    def next(self, least: float = 0.0) -> float:
        """Between half and all of the wait that is due, and never below `least`."""
        # The exponent is capped: 2.0 ** 1024 is an OverflowError.
        wait = min(self._most, self._first * 2.0 ** min(self._attempt, 32))
        self._attempt += 1
        return max(least, wait * random.uniform(0.5, 1.0))

    def reset(self) -> None:
        self._attempt = 0
