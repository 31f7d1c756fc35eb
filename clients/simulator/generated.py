"""Makes a busy morning of a contact centre out of a seed: the demo's day."""

import random
from bisect import bisect_right
from itertools import accumulate

from acd.v1.contact_pb2 import CHANNEL_CALLBACK, CHANNEL_CHAT, CHANNEL_EMAIL, CHANNEL_VOICE
from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import uniform

CONTACTS = 2050
AGENTS = 36
START = 9 * 3600.0
LENGTH = 2.0 * 3600
"""Seconds from the first arrival to the last."""
SPEED = 110.0
"""Plays the morning in about 70 s: about as many contacts a second as two slow cores carry in comfort."""

LANGUAGES = ("german", "english", "french")
TOPICS = ("billing", "support", "sales", "cards", "loans")
LANGUAGE_WEIGHTS = (5, 4, 2)
TOPIC_WEIGHTS = (5, 5, 3, 3, 2)
CHANNELS = (CHANNEL_VOICE, CHANNEL_CHAT, CHANNEL_EMAIL, CHANNEL_CALLBACK)
CHANNEL_WEIGHTS = (70, 15, 10, 5)
PRIORITIES = (0, 1, 2, 5, 9)
PRIORITY_WEIGHTS = (60, 20, 10, 7, 3)
LOAD_BY_PART = (2, 3, 4, 5, 5, 4, 4, 3, 3, 4, 3, 2)
"""Arrivals in each twelfth of the day, in proportion."""

MEAN_TALK = 74.0
MEAN_PATIENCE = 70.0
HABITS = Habits(decline=0.12, miss=0.17, answer=uniform(2.0, 7.0), wrap_up=uniform(2.0, 9.0))
POLICY = Policy(offer_timeout=30.0, wrap_up_time=8.0, retry_delay=8.0)


def generated_day(seed: int, contacts: int = CONTACTS, agents: int = AGENTS) -> Day:
    """A morning of `contacts` contacts and `agents` agents; every second contact needs two skills."""
    rng = random.Random(seed)
    callers = [_caller(rng, number, arrival) for number, arrival in enumerate(_arrivals(rng, contacts), start=1)]
    plans = [_agent(rng, number) for number in range(1, agents + 1)]
    return Day("generated morning", callers, plans, POLICY, seed)


def _arrivals(rng: random.Random, contacts: int) -> list[float]:
    steps = [0, *accumulate(LOAD_BY_PART)]
    part = LENGTH / len(LOAD_BY_PART)
    times = []
    for _ in range(contacts):
        place = rng.random() * steps[-1]
        index = bisect_right(steps, place) - 1
        times.append(START + part * (index + (place - steps[index]) / LOAD_BY_PART[index]))
    return sorted(times)


def _caller(rng: random.Random, number: int, arrival: float) -> Caller:
    language = rng.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0]
    topic = rng.choices(TOPICS, TOPIC_WEIGHTS)[0]
    return Caller(
        id=f"contact-{number:05d}",
        arrival=arrival,
        skills=dict.fromkeys((language, topic) if number % 2 else (topic,), _level(rng)),
        patience=5.0 + rng.expovariate(1 / MEAN_PATIENCE),
        service=5.0 + rng.expovariate(1 / MEAN_TALK),
        channel=rng.choices(CHANNELS, CHANNEL_WEIGHTS)[0],
        priority=rng.choices(PRIORITIES, PRIORITY_WEIGHTS)[0],
        type=topic,
    )


def _level(rng: random.Random) -> int:
    """Most contacts take any level, some an experienced agent."""
    return rng.randint(2, 4) if rng.random() < 0.2 else 1  # noqa: PLR2004 - a share of this day, of no meaning elsewhere


def _agent(rng: random.Random, number: int) -> AgentPlan:
    """One in the round of languages and topics, so that every pair of them is held by somebody.

    The group is the first language.
    """
    language = LANGUAGES[number % len(LANGUAGES)]
    languages = {language, rng.choice(LANGUAGES)}
    topics = {TOPICS[number % len(TOPICS)], TOPICS[number // 2 % len(TOPICS)], rng.choice(TOPICS)}
    skills = {skill: rng.randint(1, 10) for skill in sorted(languages | topics)}
    start, end = START - 60 + rng.random() * 50, START + LENGTH + 120
    middle = START + LENGTH * (0.2 + 0.6 * rng.random())
    pause = ((middle, middle + 300.0),) if number % 3 == 0 else ()
    return AgentPlan(f"agent-{number:02d}", skills, start, end, HABITS, pause, group=language)
