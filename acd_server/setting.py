"""What a setting is: its kind, default, limits and meaning, and how a text becomes its value.

Written out instead of taken from a library: importing pydantic and its settings, and the making of the
model, took a third of the start of `acd dev`.
"""

from dataclasses import dataclass
from typing import Any, get_args

TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
FALSE = frozenset({"0", "false", "f", "no", "n", "off"})


@dataclass(frozen=True)
class Setting:
    """One setting; `unit` is for the reader, the limits are of its value."""

    default: Any
    meaning: str
    unit: str = ""
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    secret: bool = False

    def limits(self) -> str:
        """`> 0, ≤ 300`; nothing where any value will do."""
        signs = {"≥": self.ge, ">": self.gt, "≤": self.le}
        return ", ".join(f"{sign} {limit}" for sign, limit in signs.items() if limit is not None)

    def bounded(self, value: float) -> float:
        """The value. Raises ValueError when it is outside the limits; what is not a number is."""
        inside = (
            (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
        )
        if not inside:
            raise ValueError(f"must be {self.limits()}{f' {self.unit}' if self.unit else ''}")
        return value

    def read(self, kind: Any, given: Any) -> Any:
        """What is meant by `given`, a value of this kind or its text. Raises ValueError with what it must be."""
        if options := get_args(kind):
            if given not in options:
                raise ValueError(f"must be one of {', '.join(option or 'nothing' for option in options)}")
            return given
        if kind is str:
            if not isinstance(given, str):
                raise ValueError("must be a text")
            return given
        if kind is bool:
            return _truth(given)
        return self.bounded(_whole(given) if kind is int else _number(given))


def setting(default: Any, meaning: str, **more: Any) -> Any:
    """A Setting in the place of its value, as it stands in the class of the settings."""
    return Setting(default, meaning, **more)


def _truth(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    word = given.lower() if isinstance(given, str) else ""
    if word not in TRUE | FALSE:
        raise ValueError("must be true or false")
    return word in TRUE


def _whole(given: Any) -> int:
    return int(_parsed(int, given, "a whole number"))


def _number(given: Any) -> float:
    return float(_parsed(float, given, "a number"))


def _parsed(kind: type[int | float], given: Any, name: str) -> Any:
    """A text is parsed; a number must be of the kind already, though a whole one is a number, too."""
    taken = (str, int) if kind is int else (str, int, float)
    if isinstance(given, taken) and not isinstance(given, bool):
        try:
            return kind(given)
        except ValueError:
            pass
    raise ValueError(f"must be {name}")
