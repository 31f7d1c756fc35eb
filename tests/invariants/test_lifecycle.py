"""Any sequence of verbs and deadlines does what the model says, and leaves every index right."""

import asyncio
import json
import os
import uuid
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from acd_server.errors import AcdError
from acd_server.store import Store
from tests.invariants.model import START, Model, ModelAgent, Refused, Room
from tests.invariants.rebuilt import compare_with_events
from tests.store.consistency import check, dump
from tests.support.cells import Cell

SKILLS = ("billing", "english", "sales")
OWNERS = ("", "pbx-1", "pbx-2")
VERBS = ("accept", "accept", "decline", "complete", "finish", "requeue", "extend", "reschedule")
STEP_US = 1_000
HEAD_START, CREDIT = 7_300, 3_150
"""Such that no two ranks meet but for the microseconds of stamps."""
START_US = START

ROOMS = st.sampled_from(
    [
        Room(),
        Room(),
        Room(total=200),
        Room(voice=(60, 50), chat=(10, 2)),
        Room(total=150, voice=(60, 1), chat=(50, 3)),
        Room(total=50),
    ]
)

skill_sets = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3), max_size=3)


def costs(room: Room) -> dict[str, dict[str, int]]:
    rules = {"VOICE": room.voice, "CHAT": room.chat}
    return {channel: {"cost": cost, "most": most} for channel, (cost, most) in rules.items()}


class LifeCycle(RuleBasedStateMachine):
    """Every rule calls the store and the model, and compares refusals; the invariant compares the rest."""

    url: str
    documents: Any = "auto"

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.center = f"m{uuid.uuid4().hex[:12]}"
        self.names = 0

    def run(self, call: Any) -> Any:
        return self.runner.run(call)

    @initialize(
        wrap_up=st.booleans(),
        until_finished=st.booleans(),
        delays=st.sampled_from([(0, 0), (10, 10), (10, 4), (0, 30)]),
        auto_accept=st.booleans(),
        ages=st.booleans(),
        most=st.sampled_from([(0, 0), (1, 0), (2, 3)]),
    )
    def start(
        self,
        *,
        wrap_up: bool,
        until_finished: bool,
        delays: tuple[int, int],
        auto_accept: bool,
        ages: bool,
        most: tuple[int, int],
    ) -> None:
        self.model = Model(
            wrap_up=wrap_up,
            wrap_time=(60 if until_finished else 30) * STEP_US,
            wrap_most=60 * STEP_US,
            retry_delay=delays[0] * STEP_US,
            missed_retry_delay=delays[1] * STEP_US,
            max_missed=most[0],
            max_offers=most[1],
            now=START_US,
            auto_accept=auto_accept,
            head_start=HEAD_START if ages else 0,
        )
        self.run(self._create(self.model))

    async def _create(self, model: Model) -> None:
        self.store = await Store.open(self.url, clock="virtual", documents=self.documents)
        self.now = START_US
        await self._set_clock()
        policy: dict[str, Any] = {
            "offer_timeout": 20 * STEP_US,
            "auto_accept": model.auto_accept,
            "priority_rule": "HEAD_START" if model.head_start else "STRICT",
            "head_start": HEAD_START,
            "wrap_up_time": 30 * STEP_US,
            "wrap_up_mode": ("UNTIL_FINISHED" if model.wrap_time == model.wrap_most else "FIXED")
            if model.wrap_up
            else "NONE",
            "wrap_up_limit": model.wrap_most,
            "max_wait": 100 * STEP_US,
            "max_active": 200 * STEP_US,
            "retention": 20 * STEP_US,
            "service_level_threshold": 20 * STEP_US,
            "retry_delay": model.retry_delay,
            "missed_retry_delay": model.missed_retry_delay,
            "max_missed_offers": model.max_missed,
            "max_offers": model.max_offers,
            "agent_lease": 50 * STEP_US,
        }
        await self.store.centers.create_center(self.center, display_name="", policy=policy, request=None)
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
            self.run(call)
            actual = ""
        except AcdError as error:
            actual = error.reason
        assert actual == expected

    def pick(self, data: st.DataObject, names: Any) -> str:
        return str(data.draw(st.sampled_from(sorted(names))))

    @precondition(lambda self: len(self.model.agents) < 6)
    @rule(skills=skill_sets, room=ROOMS)
    def create_agent(self, skills: dict[str, int], room: Room) -> None:
        self.names += 1
        name = f"agent{self.names}"
        self.model.agents[name] = ModelAgent(dict(skills), room=room)
        call = self.store.agents.create_agent(
            self.center, name, display_name="", skills=skills, capacity=room.total, costs=costs(room), request=None
        )
        self.run(call)
        self.set_state(name, "AVAILABLE")

    def set_state(self, name: str, presence: str, *, after_work: bool = False) -> None:
        # The router's own reason makes another reason of the same presence: the model does not look at reasons.
        reason = "MISSED_OFFER" if presence == "NOT_READY" else ""
        self.model.set_state(name, presence, after_work=after_work)
        call = self.store.agents.set_agent_state(
            self.center, name, presence=presence, reason=reason, after_work=after_work, request=None
        )
        self.run(call)

    @precondition(lambda self: self.model.agents)
    @rule(
        data=st.data(),
        presence=st.sampled_from(["OFFLINE", "AVAILABLE", "AVAILABLE", "NOT_READY"]),
        after_work=st.booleans(),
    )
    def set_agent_state(self, data: st.DataObject, presence: str, *, after_work: bool) -> None:
        self.set_state(self.pick(data, self.model.agents), presence, after_work=after_work)

    @precondition(lambda self: self.model.agents)
    @rule(data=st.data())
    def renew_agent_lease(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.agents)
        self.both(self.store.agents.renew_agent_lease(self.center, name), lambda: self.model.renew_lease(name))

    @precondition(lambda self: self.model.agents)
    @rule(data=st.data())
    def delete_agent(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.agents)
        self.both(
            self.store.agents.delete_agent(self.center, name, request=None), lambda: self.model.delete_agent(name)
        )

    @precondition(lambda self: self.model.agents)
    @rule(data=st.data(), room=ROOMS)
    def update_agent(self, data: st.DataObject, room: Room) -> None:
        name = self.pick(data, self.model.agents)
        self.model.agents[name].room = room
        call = self.store.agents.update_agent(
            self.center,
            name,
            display_name=None,
            skills=None,
            capacity=room.total,
            costs=costs(room),
            request=None,
        )
        self.run(call)

    @precondition(lambda self: self.model.agents)
    @rule(data=st.data(), skill=st.sampled_from(SKILLS), level=st.integers(1, 3))
    def add_agent_skill(self, data: st.DataObject, skill: str, level: int) -> None:
        name = self.pick(data, self.model.agents)
        self.model.agents[name].skills[skill] = level
        self.run(self.store.agents.add_agent_skill(self.center, name, skill, level, request=None))

    @precondition(lambda self: self.model.agents)
    @rule(data=st.data(), skill=st.sampled_from(SKILLS))
    def remove_agent_skill(self, data: st.DataObject, skill: str) -> None:
        name = self.pick(data, self.model.agents)
        self.model.agents[name].skills.pop(skill, None)
        self.run(self.store.agents.remove_agent_skill(self.center, name, skill, request=None))

    @rule(
        skills=skill_sets,
        priority=st.sampled_from([0, 0, 0, 1, 9]),
        owner=st.sampled_from(OWNERS),
        channel=st.sampled_from(["VOICE", "VOICE", "CHAT", "EMAIL"]),
        later=st.sampled_from([0, 0, 0, 4, 40]),
        credit=st.sampled_from([0, 0, CREDIT]),
    )
    def enqueue_contact(
        self, skills: dict[str, int], priority: int, owner: str, channel: str, later: int, credit: int
    ) -> None:
        # Times between whole steps, so that the microseconds of stamps decide nothing.
        plan = {"attempts": 2, "delay": 7 * STEP_US + STEP_US // 2, "credit": credit}
        if later:
            plan["time"] = self.now + later * STEP_US + STEP_US // 2
        self.names += 1
        name = f"contact{self.names}"
        call = self.store.contacts.enqueue_contact(
            self.center,
            name,
            channel=channel,
            skills=skills,
            priority=priority,
            attributes={},
            owner=owner,
            owner_lease=60 * STEP_US if owner == "pbx-1" else 0,
            plan=plan,
            request=None,
        )
        self.both(call, lambda: self.model.enqueue(name, skills, priority, owner, channel, plan))

    @rule()
    def match_contacts(self) -> None:
        assert self.run(self._match()) == self.model.match()

    async def _match(self) -> list[tuple[str, int, str]]:
        pairs = []
        more = True
        while more:
            response = await self.store.dispatch.match_contacts(self.center, max_pairs=2)
            more = response.more
            for assignment in response.assignments:
                _, _, _, contact, _, number = assignment.name.split("/")
                pairs.append((contact, int(number), assignment.agent.rsplit("/", 1)[1]))
        return pairs

    def has_assignments(self) -> bool:
        return any(contact.assignments for contact in self.model.contacts.values())

    @precondition(has_assignments)
    @rule(
        data=st.data(), verb=st.sampled_from(["accept", "accept", "decline", "complete", "finish", "requeue", "extend"])
    )
    def quote_assignment(self, data: st.DataObject, verb: str) -> None:
        name = self.pick(data, [name for name, contact in self.model.contacts.items() if contact.assignments])
        count = len(self.model.contacts[name].assignments)
        number = data.draw(st.integers(max(1, count - 2), count))
        contacts = self.store.contacts
        verbs: dict[str, Any] = {
            "accept": contacts.accept_assignment,
            "decline": contacts.decline_assignment,
            "complete": contacts.complete_contact,
            "finish": contacts.finish_wrap_up,
            "requeue": contacts.requeue_contact,
            "extend": contacts.extend_wrap_up,
            "reschedule": contacts.reschedule_contact,
        }
        more = {"retry_after": data.draw(st.sampled_from([None, 0, 5 * STEP_US]))} if verb == "decline" else {}
        if verb == "extend":
            # Between whole steps, so that the microseconds of stamps decide nothing.
            more = {"remaining": data.draw(st.integers(0, 80)) * STEP_US + STEP_US // 2}
        call = verbs[verb](self.center, name, number, **more, request=None)
        self.both(call, lambda: getattr(self.model, verb)(name, number, **more))

    @precondition(lambda self: self.has_assignments() and self.model.agents)
    @rule(data=st.data(), skills=st.none() | skill_sets)
    def transfer_contact(self, data: st.DataObject, skills: dict[str, int] | None) -> None:
        name = self.pick(data, [name for name, contact in self.model.contacts.items() if contact.assignments])
        number = len(self.model.contacts[name].assignments)
        agent = self.pick(data, self.model.agents)
        wait = 20 * STEP_US + STEP_US // 2
        call = self.store.contacts.transfer_contact(
            self.center, name, number, skills=skills, agent=agent, target_wait=wait, request=None
        )
        self.both(call, lambda: self.model.transfer(name, number, skills, agent))

    @precondition(lambda self: self.model.contacts and self.model.agents)
    @rule(data=st.data())
    def pull_contact(self, data: st.DataObject) -> None:
        agent, name = self.pick(data, self.model.agents), self.pick(data, self.model.contacts)
        call = self.store.contacts.pull_contact(self.center, agent, name, request=None)
        self.both(call, lambda: self.model.pull(agent, name))

    @precondition(lambda self: self.model.contacts)
    @rule(data=st.data(), priority=st.sampled_from([0, 1, 9]), credit=st.sampled_from([None, 0, CREDIT]))
    def reprioritize_contact(self, data: st.DataObject, priority: int, credit: int | None) -> None:
        name = self.pick(data, self.model.contacts)
        call = self.store.contacts.reprioritize_contact(
            self.center, name, priority=priority, credit=credit, request=None
        )
        self.both(call, lambda: self.model.reprioritize(name, priority, credit))

    @precondition(lambda self: self.model.contacts)
    @rule(data=st.data(), verb=st.sampled_from(["abandon", "cancel"]))
    def leave(self, data: st.DataObject, verb: str) -> None:
        name = self.pick(data, self.model.contacts)
        if verb == "abandon":
            call = self.store.contacts.abandon_contact(self.center, name, request=None)
            self.both(call, lambda: self.model.leave(name, "ABANDONED", "CUSTOMER_LEFT"))
        else:
            call = self.store.contacts.cancel_contact(self.center, name, request=None)
            self.both(call, lambda: self.model.leave(name, "CANCELED", "CANCELED"))

    @rule(open_=st.booleans())
    def open_or_close(self, *, open_: bool) -> None:
        self.model.open = open_
        if open_:
            self.run(self.store.centers.open_center(self.center, make_available=False, request=None))
        else:
            self.run(self.store.centers.close_center(self.center, expire_waiting=False, request=None))

    @rule(steps=st.sampled_from([1, 5, 11, 31, 61, 101, 2_000]))
    def pass_time(self, steps: int) -> None:
        """Time passes; then a dispatcher fires what is due, one deadline after the other."""
        self.now += steps * STEP_US
        self.model.now = self.now
        self.run(self._fire_all())

    async def _fire_all(self) -> None:
        await self._set_clock()
        while True:
            space = await check(self.store, self.center)
            now = max(self.now, int(space["clock"]["stamp"]))
            due = [(at, member) for member, at in space.get("deadlines", {}).items() if at <= now]
            if not due:
                return
            at, member = min(due)
            response = await self.store.dispatch.fire_deadlines(self.center, max_count=1)
            assert response.fired_count == 1
            self.model.fire(member, late=now - at > 1_000_000)
            self.compare(await check(self.store, self.center))

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "store"):
            self.compare(self.run(check(self.store, self.center)))

    def compare(self, space: dict[str, Any]) -> None:
        contacts = {k.split(":", 1)[1]: json.loads(v) for k, v in space.items() if k.startswith("contact:")}
        assert {
            name: (
                c["state"],
                c["reason"],
                [(a["agent"], a["state"], a["outcome"], a["revoke"], a.get("lost", False)) for a in c["assignments"]],
            )
            for name, c in contacts.items()
        } == {
            name: (c.state, c.reason, [(a.agent, a.state, a.outcome, a.revoke, a.lost) for a in c.assignments[-16:]])
            for name, c in self.model.contacts.items()
        }
        agents = {k.split(":", 1)[1]: json.loads(v) for k, v in space.items() if k.startswith("agent:")}
        assert {
            name: (
                a["presence"],
                {s["skill"]: s["level"] for s in a["skills"]},
                [(h["contact"], h["n"]) for h in a["held"]],
                a.get("misses", 0),
                a.get("next", {}).get("presence", ""),
            )
            for name, a in agents.items()
        } == {name: (a.presence, a.skills, a.holds, a.misses, a.next) for name, a in self.model.agents.items()}
        free = [name for name, agent in self.model.agents.items() if agent.free]
        assert sorted(free, key=lambda n: int(agents[n]["idle"])) == sorted(
            free, key=lambda n: self.model.agents[n].idle
        )

    def teardown(self) -> None:
        if hasattr(self, "store"):
            compare_with_events(self.center, self.run(dump(self.store, self.center)))
            self.run(self.store.close())
        self.runner.close()


def test_any_sequence_does_what_the_model_says(store_url: str, cell: Cell) -> None:
    """Short by default; ACD_MODEL_EXAMPLES sets the number of sequences for a long run."""
    machine = type("Machine", (LifeCycle,), {"url": store_url, "documents": cell.documents})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("ACD_MODEL_EXAMPLES", "6")),
            stateful_step_count=40,
            deadline=None,
            # The machine talks to a store; how long that takes is not its business.
            suppress_health_check=list(HealthCheck),
        ),
    )
