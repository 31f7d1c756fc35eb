"""The machine that does any sequence of verbs and deadlines, with the router and with the model.

To add a capability, write a module of its own with what it needs of these, and name it where the
others are named:

- rules of the policy to be drawn: a strategy in `policies.PARTS`, by the names of `acd_server.policy`;
- what a new contact may ask for: a function in `contacts.PLANS`;
- verbs: a class derived from `Machine` with methods under `@rule` of `weighted` (not Hypothesis's), which `LifeCycle`
  inherits: each calls `self.both(call of the store, the same verb of the model)`;
- what is compared after every step: entries in `compared.CONTACT` and `compared.AGENT`.

Durations are whole steps (`STEP`), and half a step more where two could end in one moment: the
model does not know the microseconds by which the stamps of one moment differ.
"""

from tests.invariants.rules.agents import AgentRules
from tests.invariants.rules.center import CenterRules
from tests.invariants.rules.choice import ChoiceRules
from tests.invariants.rules.preferred import PreferredAgents
from tests.invariants.rules.relaxation import RelaxationRules
from tests.invariants.rules.skills import SkillRules


class LifeCycle(AgentRules, ChoiceRules, CenterRules, SkillRules, PreferredAgents, RelaxationRules):
    """Every rule calls the store and the model, and compares refusals; the invariant compares the rest."""
