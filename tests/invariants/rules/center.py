"""Verbs of the center."""

import json

from hypothesis import strategies as st

from tests.invariants.model.center import Hours
from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import Policy, policies
from tests.invariants.rules.weighted import rule

HOURS = st.none() | st.builds(
    Hours,
    opens=st.sampled_from([0, 479, 481, 482]),
    closes=st.sampled_from([481, 483, 1440]),
    expire=st.booleans(),
).filter(lambda hours: hours.opens < hours.closes)
"""The test begins at 8:00, minute 480; a run lasts some minutes."""


class CenterRules(Machine):
    """The center opens and closes, by hand and by a calendar; its policy changes."""

    @rule(weight=2, make_available=st.booleans())
    def open_center(self, *, make_available: bool) -> None:
        call = self.store.centers.open_center(self.center, make_available=make_available, request=None)
        self.both(call, lambda: self.model.open_center(make_available=make_available))

    @rule(weight=1, expire=st.booleans())
    def close_center(self, *, expire: bool) -> None:
        call = self.store.centers.close_center(self.center, expire_waiting=expire, request=None)
        self.both(call, lambda: self.model.close_center(expire=expire))

    @rule(weight=1, policy=policies())
    def update_center(self, policy: Policy) -> None:
        call = self.store.centers.update_center(self.center, policy, request=None)
        self.both(call, lambda: self.model.update_center(policy))

    @rule(weight=1, hours=HOURS)
    def give_calendar(self, hours: Hours | None) -> None:
        """Obeyed when its deadline, which is due at once, is fired."""
        self.model.hours = hours
        changes: Policy = {"calendar": "", "calendar_expires": False}
        if hours:
            weekly = [[[1, 2, 3, 4, 5, 6, 7], hours.opens, hours.closes]]
            calendar = {"time_zone": "UTC", "weekly": weekly, "exceptions": {}, "expire_waiting": hours.expire}
            changes = {"calendar": json.dumps(calendar), "calendar_expires": hours.expire}
        self.do(self.store.centers.update_center(self.center, changes, request=None))
