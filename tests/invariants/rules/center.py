"""Verbs of the center."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.invariants.rules.machine import Machine


class CenterRules(Machine):
    """The center opens and closes."""

    @rule(open_=st.booleans())
    def open_or_close(self, *, open_: bool) -> None:
        self.model.open = open_
        if open_:
            self.run(self.store.centers.open_center(self.center, make_available=False, request=None))
        else:
            self.run(self.store.centers.close_center(self.center, expire_waiting=False, request=None))
