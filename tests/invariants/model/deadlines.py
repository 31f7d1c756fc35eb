"""What each kind of deadline does when it falls due.

A function gets what stands behind the first colon of the deadline's member, and whether
a dispatcher comes to it so late that the delay is the router's fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tests.invariants.model.records import STAMPS

if TYPE_CHECKING:
    from tests.invariants.model import Model


class Fire(Protocol):
    def __call__(self, model: Model, rest: str, *, late: bool) -> None: ...


def _quoted(rest: str) -> tuple[str, int]:
    name, _, number = rest.rpartition(":")
    return name, int(number)


def _offer(model: Model, rest: str, *, late: bool) -> None:
    name, number = _quoted(rest)
    if late:
        model.end_offer(name, number, "REVOKED", "ROUTER_DELAY")
        model.after_work(model.assignment(name, number).agent)
    else:
        model.miss(name, number)


def _wrap(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # ends as usual, however late
    model.finish(*_quoted(rest))


def _max_active(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # ends as usual, however late
    name, number = _quoted(rest)
    model.end_service(name, number, "LOST")
    model.after_work(model.assignment(name, number).agent)


def _max_wait(model: Model, rest: str, *, late: bool) -> None:
    if not late:
        model.leave(rest, "EXPIRED", "MAX_WAIT")


def _bar(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # ends as usual, however late
    contact = model.contacts[rest]
    contact.bars = {agent: over for agent, over in contact.bars.items() if over + STAMPS > model.now}


def _target(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # ends as usual, however late
    model.contacts[rest].target = ""


def _begin(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # begins, however late
    model.contacts[rest].state = "QUEUED"


def _lease(model: Model, rest: str, *, late: bool) -> None:
    if not late:
        model.lose(rest)


def _retain(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # forgotten, however late
    del model.contacts[rest]


def _owner(model: Model, rest: str, *, late: bool) -> None:
    """One record a call, the oldest first: that is how the test calls it."""
    waiting = [(c.order, name) for name, c in model.contacts.items() if c.owner == rest and c.waits]
    if waiting and not late:
        model.leave(min(waiting)[1], "ABANDONED", "OWNER_LOST")


FIRES: dict[str, Fire] = {
    "offer": _offer,
    "wrap": _wrap,
    "maxactive": _max_active,
    "maxwait": _max_wait,
    "bar": _bar,
    "target": _target,
    "begin": _begin,
    "lease": _lease,
    "retain": _retain,
    "owner": _owner,
}
