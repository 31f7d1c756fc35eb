"""Parts of script replies, by the type that the script's header promises."""

from typing import Any


def raw(part: Any) -> bytes:
    assert isinstance(part, bytes), f"a script replied {part!r} where text was promised"
    return part


def text(part: Any) -> str:
    return raw(part).decode()


def texts(parts: list[Any]) -> list[str]:
    return [text(part) for part in parts]


def number(part: Any) -> int:
    return int(part)
