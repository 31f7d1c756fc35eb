"""The curve of a plan as a chart."""

from simulator.page.chart import Axis, Chart, Series, Tick
from simulator.plan.goal import Estimate, Goal
from simulator.plan.planner import Plan


def plan_chart(goal: Goal, plan: Plan) -> Chart:
    """What each agent more or less would bring, in shares; the chosen staffing is marked."""
    names = [_name(plan, estimate) for estimate in plan.curve]
    ticks = [Tick(place + 0.5, str(sum(found.staffing)), place) for place, found in enumerate(plan.curve)]
    chosen = next(place for place, found in enumerate(plan.curve) if found.staffing == plan.chosen.staffing)
    return Chart(
        "staffing",
        "Agents and what they bring",
        f"Means of {len(plan.chosen.days)} days by the number of agents; the goal is {goal.share:.4g} "
        f"answered within {goal.threshold:g} s.",
        "share",
        Axis(names, ticks, "agents, shared out over the groups in proportion"),
        lines=(
            Series(f"answered within {goal.threshold:g} s", "s1", [found.level for found in plan.curve]),
            Series("goal", "ink", [goal.share] * len(names), "dashed"),
            Series("days that reach it", "s4", [found.good_days / len(found.days) for found in plan.curve]),
            Series("occupancy", "s3", [found.occupancy for found in plan.curve]),
            Series("abandoned", "abandoned", [found.abandonment for found in plan.curve]),
        ),
        top=1.0,
        rule=(chosen + 0.5, "chosen"),
    )


def _name(plan: Plan, found: Estimate) -> str:
    """Such as `8 agents: 3 generalists, 5 technicians`."""
    groups = ", ".join(f"{agents} {name}" for name, agents in zip(plan.groups, found.staffing, strict=True))
    return f"{sum(found.staffing)} agents: {groups}"
