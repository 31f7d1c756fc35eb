"""What contacts cost by channel, of a policy or an agent."""

from collections.abc import Iterable

from acd.v1 import agent_pb2, contact_pb2
from acd_server.policy import COST_RANGE, MOST_RANGE
from acd_server.validation._check import Check


def read_costs(check: Check, rules: Iterable[agent_pb2.ChannelCapacity], field: str) -> dict[str, dict[str, int]]:
    """Channel → `cost` and `most`, only what is set; each channel once."""
    found: dict[str, dict[str, int]] = {}
    for i, rule in enumerate(rules):
        at = f"{field}[{i}]"
        channel = check.enum(contact_pb2.Channel, rule.channel, f"{at}.channel")
        if rule.channel == contact_pb2.CHANNEL_UNSPECIFIED:
            check.add(f"{at}.channel", "is required")
        elif channel in found:
            check.add(f"{at}.channel", "is listed twice")
        found[channel] = {}
        if rule.HasField("cost"):
            found[channel]["cost"] = check.between(rule.cost, f"{at}.cost", *COST_RANGE)
        if rule.HasField("max_contacts"):
            found[channel]["most"] = check.between(rule.max_contacts, f"{at}.max_contacts", *MOST_RANGE)
    return {channel: rule for channel, rule in found.items() if rule}
