"""Scenarios: played by the router they hold; each check of their own notices a history in which it does not."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from acd.v1 import contact_pb2 as contacts
from acd.v1.event_pb2 import Event
from acd_client import AcdClient
from simulator.scenarios import EVERY, SCENARIOS, ScenarioError, chosen
from simulator.scenarios.base import Findings, Log
from simulator.scenarios.callback import WINDOW
from simulator.scenarios.play import all_checks, play_scenario, report
from simulator.scenarios.rona import is_pause
from simulator.stage import router
from tests.simulator.forging import Change, Forge, about, drop, edit, numbered, of, shift
from tests.simulator.thin import thin


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    """Of a router of our own: what is judged here are the scenarios, whatever the store."""
    async with router("", virtual=True) as address:
        yield address


def failed(findings: Findings) -> list[str]:
    """Names of checks that failed. That something happened at all needs a whole day."""
    return [line["name"] for line in findings.checks if not line["pass"] and line["goal"] != "> 0"]


def late(seconds: float) -> Change:
    return lambda event: shift(event, seconds)


def to_somebody_else(event: Event) -> None:
    event.assignment.agent = "centers/c/agents/somebody-else"


def add_to_rank(event: Event) -> None:
    event.contact.rank += 1


def set_reason(event: Event) -> None:
    event.contact.end_reason = contacts.END_REASON_OWNER_LOST


def use_more(event: Event) -> None:
    event.agent.used_capacity += 1


def ask_for_another(event: Event) -> None:
    event.contact.parent_contact = "centers/c/contacts/another"


def plan_later(event: Event) -> None:
    event.contact.schedule_time.seconds += 60


def is_consultation(event: Event) -> bool:
    return bool(event.contact.parent_contact)


def offer_to_target(event: Event) -> bool:
    return of("CONTACT_OFFERED")(event) and bool(event.contact.target_agent)


def offered_back(event: Event) -> bool:
    """A call-back is offered for the first time."""
    back = event.contact.channel == contacts.CHANNEL_CALLBACK
    return of("CONTACT_OFFERED")(event) and back and event.assignment.name.endswith("/1")


def ask_again(events: list[Event]) -> list[Event]:
    """Who refused a contact is said to be offered it again, instead of somebody else."""
    refused: dict[str, str] = {}
    for event in events:
        name = event.contact.name
        if of("CONTACT_DECLINED", "CONTACT_MISSED")(event):
            refused[name] = event.assignment.agent
        elif of("CONTACT_OFFERED")(event) and name in refused:

            def offer_again(found: Event) -> None:
                found.assignment.agent = refused[found.contact.name]

            return edit(numbered(event.sequence), offer_again)(events)
    raise AssertionError("nothing is offered after a refusal")


def crowd(events: list[Event]) -> list[Event]:
    """The first agent who is offered a chat is offered four more in the same moment."""
    chat = contacts.CHANNEL_CHAT
    offer = next(event for event in events if of("CONTACT_OFFERED")(event) and event.contact.channel == chat)
    more = [Event() for _ in range(4)]
    for number, event in enumerate(more):
        event.CopyFrom(offer)
        event.assignment.name = f"{offer.assignment.name}{number}"
    place = events.index(offer)
    return [*events[:place], *more, *events[place:]]


def stand_still(events: list[Event]) -> list[Event]:
    """Before a call is offered to somebody who was there, five seconds pass."""
    forged = edit(lambda _: True, lambda _: None, nth=0)(events)
    for number, (came, offer) in enumerate(pairwise(forged)):
        voice = offer.contact.channel == contacts.CHANNEL_VOICE
        if voice and of("CONTACT_ENQUEUED")(came) and of("CONTACT_OFFERED")(offer):
            for event in forged[number + 1 :]:
                shift(event, 5)
            return forged
    raise AssertionError("no call is offered at once")


def holds_out(event: Event) -> bool:
    return of("CONTACT_OFFERED")(event) and event.contact.HasField("preferred_until")


def give_up(event: Event) -> None:
    event.contact.preference_end = contacts.PREFERENCE_END_TIME_OVER


def has_given_up(event: Event) -> bool:
    return bool(event.contact.preference_end)


def say_nothing_of_it(event: Event) -> None:
    event.contact.preference_end = contacts.PREFERENCE_END_UNSPECIFIED


def forget_priority(event: Event) -> None:
    event.contact.priority = 0


def before_widened(event: Event) -> bool:
    rules = event.contact.overflow_rules and not event.contact.fired_overflow_rules
    return of("CONTACT_OFFERED")(event) and bool(rules)


def widened(event: Event) -> bool:
    return of("CONTACT_OVERFLOWED")(event) and event.contact.fired_overflow_rules[-1] == "wide"


def step_further(event: Event) -> None:
    event.contact.relaxation_step += 1


def hard_question(event: Event) -> bool:
    return of("CONTACT_OFFERED")(event) and event.contact.current_skills[0].min_level > 4


def to_a_junior(event: Event) -> None:
    event.assignment.agent = "centers/c/agents/juniors-001"


def gave_up_longer_ago(events: list[Event]) -> list[Event]:
    """Of somebody who holds out no more, and waits while another is taken, the coming is put before the other's."""
    waiting: set[str] = set()
    for event in events:
        name = event.contact.name
        if event.contact.state != contacts.CONTACT_STATE_QUEUED:
            waiting.discard(name)
        elif event.contact.preference_end:
            waiting.add(name)
        if of("CONTACT_OFFERED")(event) and waiting:
            return edit(about(min(waiting)), late(-1000))(events)
    raise AssertionError("nobody waits while another is taken")


def to_a_busier_one(events: list[Event]) -> list[Event]:
    """Who is offered a contact is said to be somebody who holds one more and could take this one, too."""
    used: dict[str, int] = {}
    for event in events:
        if of("CONTACT_OFFERED")(event):
            room = [agent for agent, held in used.items() if agent != event.agent.name and held in {10, 60}]
            if room and event.contact.channel != contacts.CHANNEL_VOICE and not used.get(event.agent.name):

                def busier(found: Event, agent: str = room[0]) -> None:
                    found.assignment.agent = agent

                return edit(numbered(event.sequence), busier)(events)
        if event.agent.name:
            used[event.agent.name] = event.agent.used_capacity
    raise AssertionError("nobody holds more than who was chosen")


def waited_longer(kind: str, change: Change, *, skill: str = "") -> Forge:
    """Of somebody who waits while another is taken, for the same skill, what is said of his coming is changed."""

    def meant(event: Event) -> bool:
        return not event.contact.priority and (not skill or event.contact.current_skills[0].skill_id == skill)

    def forge(events: list[Event]) -> list[Event]:
        waiting: dict[str, Event] = {}
        for event in events:
            name = event.contact.name
            if event.contact.state != contacts.CONTACT_STATE_QUEUED:
                waiting.pop(name, None)
            elif of(kind)(event) and meant(event):
                waiting[name] = event
            if of("CONTACT_OFFERED")(event) and meant(event) and waiting:
                number = next(iter(waiting.values())).sequence
                return edit(numbered(number), change)(events)
        raise AssertionError("nobody waited while another was taken")

    return forge


def kept_from_before(events: list[Event]) -> list[Event]:
    """The last of those who wait at an opening is said to have come a day sooner."""
    came: dict[str, Event] = {}
    waiting: dict[str, Event] = {}
    for event in events:
        name = event.contact.name
        came.setdefault(name, event)
        if event.contact.state != contacts.CONTACT_STATE_QUEUED:
            waiting.pop(name, None)
        elif name:
            waiting[name] = came[name]
        if of("CENTER_OPENED")(event) and len(waiting) > 1:
            number = list(waiting.values())[-1].sequence

            def sooner(found: Event) -> None:
                found.contact.enqueue_time.seconds -= 86400

            return edit(numbered(number), sooner)(events)
    raise AssertionError("nobody waits at an opening")


def promised_sooner(event: Event) -> None:
    event.contact.schedule_time.seconds -= 7200


FORGERIES: dict[str, dict[str, Forge]] = {
    "blended": {
        "moments without room for a call": crowd,
        "agents above their capacity": crowd,
        "agents whose used capacity is not": edit(of("CONTACT_OFFERED"), use_more),
        "seconds that a call waited beside": stand_still,
        "offers to an agent while somebody": to_a_busier_one,
    },
    "rona": {
        "agents not paused at miss": drop(is_pause),
        "offers to an agent while the delay": ask_again,
        "contacts that lost their place": edit(of("CONTACT_MISSED"), add_to_rank),
        "contacts that did not end at refusal": edit(of("CONTACT_EXPIRED"), set_reason),
    },
    "vip": {
        "contacts passed by one with less": waited_longer("CONTACT_ENQUEUED", late(-100)),
        "ordinary contacts starved": waited_longer("CONTACT_ENQUEUED", late(-2000)),
    },
    "callback": {
        "calls before the promised time": edit(offered_back, late(-60)),
        "calls after the window": edit(offered_back, late(WINDOW + 60)),
        "attempts planned for another time": edit(of("CONTACT_SCHEDULED"), plan_later),
        "wrong ends": edit(of("CONTACT_EXPIRED"), set_reason),
        "contacts passed by one": waited_longer("CONTACT_QUEUED", promised_sooner),
    },
    "transfer": {
        "contacts whose place changed": edit(of("CONTACT_TRANSFERRED"), add_to_rank),
        "contacts passed on that were not served": drop(of("CONTACT_WRAP_UP", "CONTACT_COMPLETED"), nth=0),
        "who passed on and did not wrap up": drop(of("ASSIGNMENT_ENDED"), nth=0),
        "second-desk offers that passed": waited_longer("CONTACT_ENQUEUED", late(-1000), skill="second-desk"),
        "offers to others while a named agent": edit(offer_to_target, to_somebody_else),
        "consultations that moved or ended": edit(is_consultation, ask_for_another),
    },
    "sticky": {
        "offers to others while the adviser": edit(holds_out, to_somebody_else),
        "contacts that went on holding out": edit(has_given_up, say_nothing_of_it, nth=0),
        "contacts that gave up too early": edit(holds_out, give_up),
        "contacts that lost their place": edit(of("CONTACT_PREFERENCE_ENDED"), add_to_rank),
        "younger contacts that went before": gave_up_longer_ago,
    },
    "overflow": {
        "rules that fired at another moment": edit(of("CONTACT_OVERFLOWED"), late(5)),
        "rules that did something else": edit(of("CONTACT_OVERFLOWED"), forget_priority),
        "loans at the desk before": edit(before_widened, to_somebody_else),
        "loans that lost their place": edit(widened, add_to_rank),
    },
    "relax": {
        "contacts that stood on another step": edit(of("CONTACT_RELAXED"), step_further),
        "offers to somebody who has less": edit(hard_question, to_a_junior),
        "contacts that lost their place": edit(of("CONTACT_RELAXED"), add_to_rank),
    },
    "calendar": {
        "openings and closings at another": edit(of("CENTER_OPENED"), late(60)),
        "offers while closed": edit(of("CONTACT_OFFERED"), late(12 * 3600)),
        "contacts expired that should have been kept": drop(of("CONTACT_EXPIRED")),
        "contacts that came after one kept": kept_from_before,
    },
}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", sorted(SCENARIOS))
async def test_a_scenario_holds_and_each_of_its_checks_notices(name: str, address: str) -> None:
    scenario = thin(SCENARIOS[name])
    async with AcdClient(address) as client:
        played = await play_scenario(client, f"thin-{name}", scenario, seed=1)
    assert [line for line in played.checks if not line["pass"] and line["goal"] != "> 0"] == []
    unproven = {line["name"] for line in played.findings.checks if line["goal"] == "== 0"}
    for check, forge in FORGERIES[name].items():
        forged = Log(played.log.day, forge(played.log.events), played.log.turned_away)
        noticed = [fault for fault in failed(scenario.judge(forged)) if fault.startswith(check)]
        assert noticed, check
        unproven -= set(noticed)
    if name in {"calendar", "overflow"}:
        for turned_away in ({}, {played.log.day.callers[0].id: 0.0, "nobody": 0.0}):
            unproven -= set(failed(scenario.judge(Log(played.log.day, played.log.events, turned_away))))
    assert unproven == set(), "every check has a history that it notices"
    nothing = scenario.judge(Log(played.log.day, [])).checks
    assert not any(line["pass"] for line in nothing if line["goal"] == "> 0"), "a day without it proves nothing"
    assert report([played])["scenarios"][name]["checks"] == played.checks
    assert all(line["name"].startswith(f"{name}: ") for line in all_checks([played]))


def test_one_or_all_of_them() -> None:
    assert chosen(EVERY) == list(SCENARIOS.values())
    assert chosen("vip") == [SCENARIOS["vip"]]
    with pytest.raises(ScenarioError, match="no scenario 'vips'; there are blended, "):
        chosen("vips")
