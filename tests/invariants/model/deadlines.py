"""What each kind of deadline does when it falls due.

A function gets what stands behind the first colon of the deadline's member, and whether
a dispatcher comes to it so late that the delay is the router's fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tests.invariants.model import preferred
from tests.invariants.model.overflow import begin_wait, fire_rule

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
        model.leave(rest, "EXPIRED", "WINDOW_OVER" if model.contacts[rest].in_window else "MAX_WAIT")


def _move(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # ends as usual, however late
    """A bar is over, or a relaxation step."""
    model.join(model.contacts[rest])


def _target(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # ends as usual, however late
    model.contacts[rest].target = ""
    model.join(model.contacts[rest])


def _begin(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # begins, however late
    contact = model.contacts[rest]
    contact.entered, contact.in_window = model.tick(), contact.window
    # Of those for the same time who begins first is first.
    contact.place = model.place(contact.place[0])
    model.take_place(contact)
    begin_wait(model, contact)
    preferred.begin(model, contact)
    model.enter_queue(contact)


def _preferred(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # ends as usual, however late
    preferred.time_over(model, rest)


def _overflow(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # each rule is late by itself
    """One rule a call: that is how the test calls it."""
    fire_rule(model, rest)


def _lease(model: Model, rest: str, *, late: bool) -> None:
    if not late:
        model.lose(rest)


def _retain(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # forgotten, however late
    del model.contacts[rest]


def _owner(model: Model, rest: str, *, late: bool) -> None:
    """One record a call, the oldest first: that is how the test calls it."""
    waiting = [(c.entered, name) for name, c in model.contacts.items() if c.owner == rest and c.waits]
    if waiting and not late:
        model.leave(min(waiting)[1], "ABANDONED", "OWNER_LOST")


def _hours(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # obeyed, however late
    model.obey_calendar()


JOBS: dict[str, Callable[[Model, str], None]] = {
    "close": lambda model, _: model.expire_one(),
    "open": lambda model, _: model.make_one_available(),
    "capacity": lambda model, _: model.resize_one(),
    "skill": lambda model, skill: model.take_skill_from_one(skill),
    "steps": lambda model, _: model.reconsider_one(),
    # All at once, where the router takes one contact a call: compared when it is done.
    "preferred": preferred.settle,
}
"""By kind: what one step does, with what stands behind the kind. One record a step: that is how the test calls it."""


def _job(model: Model, rest: str, *, late: bool) -> None:  # noqa: ARG001  # done, however late
    """One that is not listed changes nothing that is compared."""
    kind, _, name = rest.partition(":")
    if kind in JOBS:
        JOBS[kind](model, name)


FIRES: dict[str, Fire] = {
    "offer": _offer,
    "wrap": _wrap,
    "maxactive": _max_active,
    "maxwait": _max_wait,
    "bar": _move,
    "step": _move,
    "target": _target,
    "begin": _begin,
    "overflow": _overflow,
    "preferred": _preferred,
    "lease": _lease,
    "retain": _retain,
    "owner": _owner,
    "hours": _hours,
    "job": _job,
}
