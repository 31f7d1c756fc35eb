"""How many wait at once. A contact waits from its enqueueing to its answer or its end, so while it rings, too."""

from collections.abc import Iterable, Sequence

from simulator.history import History, Stay
from simulator.measures.numbers import Span, length, share


def span_of(history: History) -> Span:
    """From the first that happened, a contact or an agent's signing in, to the last."""
    begins = [stay.enqueued for stay in history.stays.values()]
    begins += [start for duty in history.duties.values() for start, _ in duty.available]
    return min(begins, default=history.end), history.end


def waits(stays: Iterable[Stay], end: float) -> list[Span]:
    """The time that each contact waited; until `end`, if it still does."""
    return [(stay.enqueued, end if stay.wait is None else stay.enqueued + stay.wait) for stay in stays]


def mean_length(waiting: Sequence[Span], within: Span) -> float:
    """Contacts waiting, averaged over the time: by Little's law all their waits over the time."""
    return share(length(waiting, within), within[1] - within[0])


def most_at_once(waiting: Sequence[Span], within: Span) -> int:
    """The most that waited at one moment. Who leaves makes room before who comes in the same moment."""
    moves = [(max(start, within[0]), 1) for start, end in waiting if start < within[1] and end > within[0]]
    moves += [(end, -1) for start, end in waiting if start < within[1] and within[0] < end < within[1]]
    now = most = 0
    for _, step in sorted(moves):
        now += step
        most = max(most, now)
    return most


def queue_figures(history: History) -> dict[str, float]:
    span = span_of(history)
    waiting = waits(history.stays.values(), history.end)
    return {"queue_length_mean": mean_length(waiting, span), "queue_length_max": most_at_once(waiting, span)}
