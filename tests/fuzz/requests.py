"""Requests of every method, made from the descriptors of the protos.

Half of them are *calm*: every value is one that could be right, so that they get as far as the scripts. In the
*wild* ones each value is hostile now and then. What has no place in a message comes as bytes: cut, flipped,
repeated, made up.
"""

from typing import Any

from google.api import field_behavior_pb2  # type: ignore[import-untyped]  # it has none
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from tests.fuzz import world

DAY = 86_400
HOSTILE_TEXTS = st.one_of(st.sampled_from([t for t in world.HOSTILE if len(t) < 1000]), st.text(max_size=20))
# One request of 1 MiB costs as much as a hundred small ones.
TEXTS = st.integers(0, 99).flatmap(lambda draw: st.sampled_from(world.HOSTILE) if draw == 0 else HOSTILE_TEXTS)
WILD_NUMBERS = {
    FieldDescriptor.TYPE_INT32: st.one_of(st.integers(-2, 11), st.integers(-(2**31), 2**31 - 1)),
    FieldDescriptor.TYPE_INT64: st.one_of(st.integers(-2, 11), st.integers(-(2**63), 2**63 - 1)),
}
CALM_NUMBERS = {"min_level": (1, 10), "level": (1, 10), "priority": (0, 9), "page_size": (1, 50), "max_pairs": (1, 20)}
CALM_SPANS = st.sampled_from([(0, 10_000_000), (1, 0), (5, 0), (60, 0), (3600, 0)])
WILD_SPANS = st.one_of(
    CALM_SPANS,
    st.tuples(st.sampled_from([-1, 0, 30 * DAY, 31 * DAY, 10**12, 2**63 - 1]), st.sampled_from([-1, 0, 999, 10**9])),
)
ALWAYS = ("name", "parent", "center", "agent", "contact", "skill", "channel", "presence", "delay", "remaining")
"""Fields without which most requests that have them say nothing; and every id."""
QUOTING = ("CompleteContact", "RequeueContact", "TransferContact", "RescheduleContact")
"""Methods that quote an assignment, which their names do not tell."""
STEADY = ("retention", "priority_rule", "head_start")
"""Of a policy: a change holds for later contacts, so that documents no longer tell what their indexes must be."""
RELATED = ("contact", "agent", "skill", "center")


class Maker:
    """Makes requests about one center of the world, `now` (seconds since the epoch) being about now."""

    def __init__(self, center: str, now: int) -> None:
        self._made = {calm: _Fields(center, now, calm=calm) for calm in (True, False)}

    def request(self, method: MethodDescriptor) -> st.SearchStrategy[bytes]:
        kind = GetMessageClass(method.input_type)

        def bytes_of(calm: bool) -> st.SearchStrategy[bytes]:
            fields = self._made[calm].message(method.input_type, method.name)
            return fields.map(lambda drawn: kind(**drawn).SerializeToString())

        calm, wild = bytes_of(True), bytes_of(False)
        return st.integers(0, 19).flatmap(lambda draw: calm if draw < 10 else wild if draw < 19 else broken(calm))


class _Fields:
    """The values of fields: all of them calm, or each of them wild now and then."""

    def __init__(self, center: str, now: int, *, calm: bool) -> None:
        self._center = center
        self._names = world.names(center)
        self._now = now
        self._calm = calm

    def _mostly(self, good: st.SearchStrategy[Any], bad: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return good if self._calm else st.integers(0, 9).flatmap(lambda draw: bad if draw == 0 else good)

    def message(self, described: Descriptor, method: str) -> st.SearchStrategy[dict[str, Any]]:
        fields = [
            field for field in described.fields if field.name not in STEADY and not (self._calm and _is_output(field))
        ]
        always = {
            field.name: self._values(field, method)
            for field in fields
            if field.name == "parent" or (method != "Watch" and (field.name in ALWAYS or field.name.endswith("_id")))
        }
        if not always and len(fields) <= 3:
            always = {field.name: self._values(field, method) for field in fields}
        others = {field.name: self._values(field, method) for field in fields if field.name not in always}
        if not others:
            return st.fixed_dictionaries(always)
        chosen = st.lists(st.sampled_from(sorted(others)), max_size=2, unique=True)
        return chosen.flatmap(lambda names: st.fixed_dictionaries({**always, **{name: others[name] for name in names}}))

    def _values(self, field: FieldDescriptor, method: str) -> st.SearchStrategy[Any]:
        if field.message_type and field.message_type.GetOptions().map_entry:
            words = self._mostly(st.sampled_from(["language", "line"]), TEXTS)
            return st.dictionaries(words, words, max_size=3)
        one = self._value(field, method)
        return st.lists(one, max_size=2 if self._calm else 4) if field.is_repeated else one

    def _value(self, field: FieldDescriptor, method: str) -> st.SearchStrategy[Any]:
        if field.message_type:
            return self._part(field.message_type, method)
        if field.enum_type:
            known = [value.number for value in field.enum_type.values if value.number]
            return self._mostly(st.sampled_from(known), WILD_NUMBERS[FieldDescriptor.TYPE_INT32])
        if field.type == FieldDescriptor.TYPE_STRING:
            return self._texts(field.name, method)
        if field.type == FieldDescriptor.TYPE_BOOL:
            return st.booleans()
        return self._mostly(st.integers(*CALM_NUMBERS.get(field.name, (0, 10))), WILD_NUMBERS[field.type])

    def _part(self, described: Descriptor, method: str) -> st.SearchStrategy[Any]:
        if described.full_name == "google.protobuf.Duration":
            return (CALM_SPANS if self._calm else WILD_SPANS).map(_seconds_and_nanos)
        if described.full_name == "google.protobuf.Timestamp":
            near = st.integers(-5, 3600).map(lambda ahead: {"seconds": self._now + ahead})
            return self._mostly(near, WILD_SPANS.map(_seconds_and_nanos))
        if described.full_name == "google.protobuf.FieldMask":
            paths = self._mostly(st.sampled_from(_paths(method)), TEXTS)
            return st.lists(paths, min_size=1, max_size=3, unique=True).map(lambda drawn: {"paths": drawn})
        return self.message(described, method)

    def _texts(self, field: str, method: str) -> st.SearchStrategy[str]:
        good = {
            "name": self._names[_kind(method)],
            "parent": self._names["center"],
            "request_id": ("",) * 20 + world.REQUEST_IDS,
            "skill_id": world.SKILLS,
            "skill_ids": world.SKILLS,
            "agent_id": world.AGENTS,
            "contact_id": world.CONTACTS,
            "center_id": (self._center, f"{self._center}-b", f"{self._center}-c"),
            "reason": ("lunch",),
            "time_zone": ("Europe/Berlin", "UTC"),
            "page_token": ("",),
            "resume_token": ("",),
            "owner": ("pbx-1",),
        }.get(field)
        if good is None:
            related = [kind for kind in RELATED if kind in field]
            good = self._names[related[0]] if related else ("w1", "09:00", "2026-12-24")
        return self._mostly(st.sampled_from(good), TEXTS)


def _seconds_and_nanos(span: tuple[int, int]) -> dict[str, int]:
    return {"seconds": span[0], "nanos": span[1]}


def _is_output(field: FieldDescriptor) -> bool:
    return field_behavior_pb2.OUTPUT_ONLY in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]


def _kind(method: str) -> str:
    """What a method's `name` is the name of."""
    if method.endswith(("Assignment", "WrapUp")) or method in QUOTING:
        return "assignment"
    if method in ("PullContact", "AddAgentSkill", "RemoveAgentSkill"):
        return "agent"
    if method == "GetQueuePosition":
        return "contact"
    return next((kind for kind in ("skill", "agent", "contact") if method.endswith(kind.title())), _rest(method))


def _rest(method: str) -> str:
    return "agent" if "Agent" in method else "center"


def _paths(method: str) -> list[str]:
    if method == "UpdateAgent":
        return ["display_name", "skills", "capacity", "channel_capacity"]
    return ["display_name", "policy", "policy.max_wait", "policy.strategy", "policy.wrap_up_time", "calendar"]


def broken(whole: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Bytes that are a request no more, or still are in a way that nobody meant."""
    return st.one_of(
        st.binary(max_size=200),
        st.tuples(whole, st.integers(0, 400)).map(lambda drawn: drawn[0][: drawn[1]]),
        st.tuples(whole, whole).map(b"".join),
        st.tuples(whole, st.binary(max_size=20)).map(b"".join),
        st.tuples(whole, st.integers(0, 400), st.integers(1, 255)).map(lambda drawn: _flipped(*drawn)),
        st.integers(2**20 - 100, 2**20 + 100).map(lambda size: b"\x0a" + b"\x80" * 4 + b"\x01" * size),
    )


def _flipped(body: bytes, place: int, mask: int) -> bytes:
    if not body:
        return body
    place %= len(body)
    return body[:place] + bytes([body[place] ^ mask]) + body[place + 1 :]


def request_of(method: MethodDescriptor, body: bytes) -> Message | None:
    """The request that the bytes are, for a report; None when they are none."""
    try:
        return GetMessageClass(method.input_type).FromString(body)
    except Exception:  # noqa: BLE001 - protobuf's parsers differ in what they raise
        return None
