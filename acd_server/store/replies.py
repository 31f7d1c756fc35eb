"""Parts of script replies, by the type that the script's header promises."""

from typing import Any


def raw(part: Any) -> bytes:
    assert isinstance(part, bytes), f"a script replied {part!r} where text was promised"
    return part


def text(part: Any) -> str:
    assert isinstance(part, bytes), f"a script replied {part!r} where text was promised"
    return part.decode()


def texts(parts: list[Any]) -> list[str]:
    try:
        return [part.decode() for part in parts]
    except AttributeError:
        # Asked afterwards: to ask each part first takes twice the time, and an event has a dozen.
        raise AssertionError(f"a script replied {parts!r} where texts were promised") from None


def number(part: Any) -> int:
    return int(part)
