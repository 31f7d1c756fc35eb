"""The machine exercises every verb that changes something."""

import re
from pathlib import Path

from tests.invariants import rules
from tests.invariants.verbs import ELSEWHERE, mutating_verbs


def test_every_verb_of_the_contract_has_a_rule() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(rules.__path__[0]).glob("*.py"))
    called = set(re.findall(r"\.([a-z_]+)\(|\"([a-z_]+)\"", source))
    names = {name for pair in called for name in pair if name}
    assert mutating_verbs() - names == set(ELSEWHERE)
