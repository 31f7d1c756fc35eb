"""Resource names from ids. Whoever has a full name may pass it where an id is taken."""


def center_name(center: str) -> str:
    return center if center.startswith("centers/") else f"centers/{center}"


def agent_name(center: str, agent: str) -> str:
    return _child(center, "agents", agent)


def skill_name(center: str, skill: str) -> str:
    return _child(center, "skills", skill)


def contact_name(center: str, contact: str) -> str:
    return _child(center, "contacts", contact)


def assignment_name(center: str, contact: str, number: int) -> str:
    return f"{contact_name(center, contact)}/assignments/{number}"


def _child(center: str, collection: str, resource: str) -> str:
    return resource if resource.startswith("centers/") else f"{center_name(center)}/{collection}/{resource}"
