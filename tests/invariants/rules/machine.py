"""What all rules need: a store and a model of one center, the clock, the comparison."""

import asyncio
import json
import uuid
from typing import Any

from hypothesis import note, stateful
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from acd_server.errors import AcdError
from acd_server.store import Store
from acd_server.store.records import contact_record
from tests.invariants.model import START, Model, Refused
from tests.invariants.rebuilt import compare_with_events
from tests.invariants.rules import compared
from tests.invariants.rules.policies import SKILLS, STEP, Policy, policies
from tests.invariants.rules.tally import TALLY
from tests.invariants.rules.weighted import rule, rules_of
from tests.store.consistency import check, differing, dump, forget

LATE = 1_000_000
"""A deadline that a dispatcher comes to so many microseconds too late is the router's fault."""


def _kind(member: str) -> str:
    return ":".join(member.split(":")[: 2 if member.startswith("job:") else 1])


class Machine(RuleBasedStateMachine):
    """One center, by the router and by the model."""

    url: str
    documents: Any = "auto"

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.center = f"m{uuid.uuid4().hex[:12]}"
        self.names = 0

    @stateful.rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """One of the rules, by weight."""
        rules = {name: each for name, each in rules_of(type(self)).items() if each.may(self)}
        # The first is drawn more often than others.
        by_weight = sorted(rules, key=lambda name: -rules[name].weight)
        chosen = data.draw(st.sampled_from([name for name in by_weight for _ in range(rules[name].weight)]))
        wanted = {name: data if name == "data" else data.draw(what) for name, what in rules[chosen].draws.items()}
        note(f"{chosen} {wanted}")
        getattr(self, chosen)(**wanted)

    def run(self, call: Any) -> Any:
        return self.runner.run(call)

    def do(self, call: Any) -> Any:
        """Runs a verb, and counts it with its outcome."""
        outcome = "OK"
        try:
            return self.run(call)
        except AcdError as error:
            outcome = error.reason
            raise
        finally:
            TALLY.verbs[f"{call.__name__} {outcome}"] += 1

    @initialize(data=st.data(), policy=policies())
    def start(self, data: st.DataObject, policy: Policy) -> None:
        self.model = Model(policy=dict(policy), skills=dict.fromkeys(SKILLS, False))
        TALLY.sequences += 1
        self.run(self._create(policy))
        self.begin(data)

    def begin(self, data: st.DataObject) -> None:
        """What is there before the first step."""

    async def _create(self, policy: Policy) -> None:
        self.store = await Store.open(self.url, clock="virtual", documents=self.documents)
        self.now = START
        await self._set_clock()
        await self.store.centers.create_center(self.center, display_name="", policy=policy, request=None)
        TALLY.verbs["create_center OK"] += 1
        for skill in SKILLS:
            await self.store.skills.create_skill(self.center, skill, display_name="", request=None)

    async def _set_clock(self) -> None:
        node = self.store.client.topology.node_of(f"{{{self.center}}}:")
        await self.store.client.command(node, "SET", f"{{{self.center}}}:virtual_time", self.now)

    def both(self, call: Any, model: Any) -> None:
        """Runs a verb on both sides; both do it, or both refuse it for the same reason."""
        try:
            model()
            expected = ""
        except Refused as refused:
            expected = str(refused)
        try:
            self.do(call)
            actual = ""
        except AcdError as error:
            actual = error.reason
        assert actual == expected

    def pick(self, data: st.DataObject, names: Any) -> str:
        return str(data.draw(st.sampled_from(sorted(names))))

    def new_name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}{self.names}"

    @rule(weight=4)
    def pass_to_the_next_deadline(self) -> None:
        """As virtual time does, to the next whole step: nothing is late, and nothing falls due between two stamps."""
        due = self.run(dump(self.store, self.center)).get("deadlines", {}).values()
        if due and min(due) > self.now:
            self.now = self.model.now = (int(min(due)) // STEP + 1) * STEP
            self.run(self._fire_all())

    @rule(weight=3, steps=st.sampled_from([1, 5, 11, 31, 61, 101, 2_000, 60_000]))
    def pass_time(self, steps: int) -> None:
        """Time passes; then a dispatcher fires what is due, one deadline after the other."""
        self.now += steps * STEP
        self.model.now = self.now
        self.run(self._fire_all())

    async def due(self) -> list[tuple[int, str]]:
        """What no dispatcher has fired yet, and for how many microseconds: as it is to be fired."""
        space = await check(self.store, self.center)
        now = max(self.now, int(space["clock"]["stamp"]))
        found = sorted((at, member) for member, at in space.get("deadlines", {}).items() if at <= now)
        return [(now - int(at), member) for at, member in found]

    async def _fire_all(self) -> None:
        await self._set_clock()
        while due := await self.due():
            delay, member = due[0]
            response = await self.store.dispatch.fire_deadlines(self.center, max_count=1)
            TALLY.verbs["fire_deadlines OK"] += 1
            assert response.fired_count == 1
            late = delay > LATE
            TALLY.deadlines[_kind(member) + " late" * late] += 1
            self.model.fire(member, late=late)
            self.compare(await check(self.store, self.center))

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "store"):
            TALLY.steps += 1
            self.compare(self.run(check(self.store, self.center)))

    def compare(self, space: dict[str, Any]) -> None:
        self.model.stamp = int(space["clock"]["stamp"])
        contacts = {k.split(":", 1)[1]: contact_record(v) for k, v in space.items() if k.startswith("contact:")}
        agents = {k.split(":", 1)[1]: json.loads(v) for k, v in space.items() if k.startswith("agent:")}
        for kind, fields, documents, wanted in (
            ("contact", compared.CONTACT, contacts, self.model.contacts),
            ("agent", compared.AGENT, agents, self.model.agents),
        ):
            stored = {
                f"{kind} {name} {f}": found(each)
                for name, each in documents.items()
                for f, (found, _) in fields.items()
            }
            right = {
                f"{kind} {name} {f}": told(each) for name, each in wanted.items() for f, (_, told) in fields.items()
            }
            assert stored == right, differing(stored, right)
        free = [name for name, agent in self.model.agents.items() if agent.free]
        by_document = sorted(free, key=lambda name: int(agents[name]["idle"]))
        assert by_document == sorted(free, key=lambda name: self.model.agents[name].idle)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            compare_with_events(self.center, self.run(dump(self.store, self.center)))
            self.run(forget(self.store, self.center))
            self.run(self.store.close())
        self.runner.close()
