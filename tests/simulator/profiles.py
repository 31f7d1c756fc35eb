"""Profiles for tests: one with every field, and one of a single queue to vary."""

import copy
from typing import Any

import yaml

from simulator.profile import Profile, parse_profile

FULL: dict[str, Any] = {
    "title": "Everything",
    "opens": "08:30",
    "contact_types": {
        "calls": {
            "skills": {"english": 2, "billing": 1},
            "channel": "chat",
            "priority": {0: 75, 4: 25},
            "arrivals": {"total": 240, "curve": [1, 3, 2], "day_factor_cv": 0.2},
            "talk": {"kind": "lognormal", "mean": 200, "cv": 0.8},
            "patience": {"kind": "exponential", "mean": 90},
            "retrials": {"chance": 0.4, "delay": {"kind": "uniform", "low": 60, "high": 180}, "at_most": 3},
        },
        "mails": {
            "skills": {},
            "channel": "email",
            "priority": 2,
            "arrivals": {"per_half_hour": [10, 0, 20.5]},
            "talk": {"kind": "gamma", "mean": 100, "cv": 0.5},
        },
    },
    "agent_groups": {
        "team": {
            "skills": {"english": [3, 8], "billing": 5},
            "shifts": [
                {
                    "start": "08:00",
                    "end": "16:00",
                    "agents": 3,
                    "stagger": "01:00",
                    "breaks": [
                        {"earliest": "02:00", "latest": "03:00", "length": "00:15"},
                        {"earliest": "04:00", "latest": "05:00", "length": "00:30"},
                    ],
                },
                {"start": "20:00", "end": "26:30", "agents": 1},
            ],
            "answer": {"kind": "uniform", "low": 1, "high": 3},
            "decline": 0.1,
            "miss": 0.05,
            "wrap_up": {"kind": "fixed", "seconds": 20},
        },
        "others": {"skills": {"english": 1}, "shifts": [{"start": "08:00", "end": "16:00"}], "size": 5},
    },
    "policy": {
        "offer_timeout": 12,
        "wrap_up_time": 60,
        "retry_delay": 8,
        "service_level_threshold": 30,
        "short_abandon": 4,
        "auto_accept": False,
        "strategy": "best-fit",
    },
}
"""Every field that there is, in a form that is right."""


def changed(path: str, value: Any) -> dict[str, Any]:
    """`FULL` with another value at the path; `...` takes the field away."""
    data = copy.deepcopy(FULL)
    node: Any = data
    *way, last = path.split(".")
    for step in way:
        node = node[int(step) if isinstance(node, list) else step]
    key: Any = int(last) if isinstance(node, list) or last.isdigit() else last
    if value is ...:
        del node[key]
    else:
        node[key] = value
    return data


def profile_of(data: dict[str, Any]) -> Profile:
    """By way of YAML text, as a file would come. Raises ProfileError."""
    return parse_profile(yaml.safe_dump(data, sort_keys=False), "test")


def queue(agents: int = 3, hours: int = 8, **contact_type: Any) -> Profile:
    """One type of contacts and one group, auto-accepted, from 08:00 on; 20 contacts each half hour."""
    return profile_of(
        {
            "title": "One queue",
            "opens": "08:00",
            "contact_types": {
                "calls": {
                    "skills": {"service": 1},
                    "arrivals": {"per_half_hour": [20] * 2 * hours},
                    "talk": {"kind": "exponential", "mean": 180},
                    **contact_type,
                }
            },
            "agent_groups": {
                "agents": {
                    "skills": {"service": 5},
                    "shifts": [{"start": "08:00", "end": f"{8 + hours:02d}:00", "agents": agents}],
                }
            },
            "policy": {"auto_accept": True},
        }
    )
