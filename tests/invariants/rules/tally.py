"""What a run of the machine did."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    sequences: int = 0
    steps: int = 0
    """Rules that were run and after which everything was compared."""
    pairs: int = 0
    """Pairs that the store and the model both chose."""
    verbs: Counter[str] = field(default_factory=Counter)
    """By verb and outcome, `OK` or the reason of the refusal, with a space between."""
    deadlines: Counter[str] = field(default_factory=Counter)
    """By kind; ` late` behind those that were fired too late."""
    preferences: Counter[str] = field(default_factory=Counter)
    """Contacts that held out for agents no longer, by the reason."""


TALLY = Tally()
"""Of this process: a machine is made anew for every sequence, and so cannot keep it."""
