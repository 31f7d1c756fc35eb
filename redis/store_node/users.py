"""The store's users: who may do what, as the file that Redis and Valkey read (`aclfile`).

`default` is off, with no password: who says no name is nobody. It has all rights nevertheless: as this user
Redis 7.0 reads its own append-only file, and it would throw away every transaction that the user may
not make. The rules of the router's servers are in application.acl,
which `python -m tools.gen_acl` derives from the scripts.
"""

from hashlib import sha256
from pathlib import Path

from store_node.passwords import Passwords

APPLICATION, KEEPER, REPLICA, OPERATOR, HEALTH = "acd", "keeper", "replica", "operator", "health"

RULES = {
    # This program: it forms the cluster, brings primaries home, has changed passwords read and broken files made anew.
    KEEPER: (
        "+ping +info +dbsize +bgrewriteaof +acl|load +cluster|info +cluster|nodes +cluster|meet +cluster|forget "
        "+cluster|replicate +cluster|failover +cluster|set-config-epoch +cluster|addslotsrange"
    ),
    # The processes among each other.
    REPLICA: "+ping +replconf +psync",
    # People, for backups and in need.
    OPERATOR: "~* &* +@all",
    # Balancers: whether a process answers and is not loading. No password, no other right.
    HEALTH: "nopass +ping",
}
"""What each user may do, but for the servers'."""

_APPLICATION = Path(__file__).with_name("application.acl")


def application_rules(*, json: bool) -> str:
    """What the servers may do; without the JSON type a store would not know its commands."""
    lines = _APPLICATION.read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    return " ".join(rule for rule in rules if json or not rule.startswith("+json."))


def users(passwords: Passwords, *, json: bool) -> str:
    """The text of the file: each password by its hash, all of a user's passwords good at the same time."""
    rules = {**RULES, APPLICATION: application_rules(json=json)}
    good = {
        APPLICATION: passwords.application,
        KEEPER: passwords.nodes,
        REPLICA: passwords.nodes,
        OPERATOR: passwords.operator,
    }
    lines = ["user default reset ~* &* +@all"]
    for user, allowed in sorted(rules.items()):
        hashes = [f"#{sha256(password.encode()).hexdigest()}" for password in good.get(user, ())]
        if hashes or user == HEALTH:
            lines.append(" ".join(("user", user, "reset", "on", *hashes, allowed)))
    return "\n".join(lines) + "\n"
