"""A picture: lines, areas, boxes and texts in pixels, each in a named style. What writes it knows no chart."""

from dataclasses import dataclass, field
from typing import Literal

Point = tuple[float, float]
Pattern = Literal["solid", "dashed", "dotted"]

PALETTE: dict[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#1b1f24"),
    "ink": ("#1f2933", "#e6eaf0"),
    "muted": ("#5b6672", "#a3adb8"),
    "grid": ("#e3e7ec", "#333a43"),
    "record": ("#7a8490", "#98a2ad"),
    "answered": ("#2467b0", "#6aaaf0"),
    "abandoned": ("#d1601f", "#f2955c"),
    "other": ("#8b8f96", "#8b8f96"),
    "s1": ("#2467b0", "#6aaaf0"),
    "s2": ("#c9571a", "#f2955c"),
    "s3": ("#26845a", "#5cc496"),
    "s4": ("#8457b8", "#bd9bee"),
    "s5": ("#b83b6b", "#ee88ae"),
    "s6": ("#7d7411", "#cfc65c"),
    "s7": ("#0e8285", "#4fc9cc"),
    "s8": ("#7b5231", "#cfa27b"),
    "clear": ("none", "none"),
}
"""Style to its colour on light and on dark paper; lines and texts have a contrast of at least 3 and 4.5 to 1."""

SERIES = [f"s{number}" for number in range(1, 9)]
"""Styles for things of one kind, in order."""


@dataclass(frozen=True, slots=True)
class Line:
    points: list[Point]
    style: str
    width: float = 2.0
    pattern: Pattern = "solid"


@dataclass(frozen=True, slots=True)
class Area:
    """The inside of a polygon, pale where something else is drawn over it."""

    points: list[Point]
    style: str
    pale: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    style: str
    title: str = ""
    """What is shown to who points at it."""


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    """The base line."""
    text: str
    style: str
    anchor: Literal["start", "middle", "end"] = "start"
    size: float = 12.0
    bold: bool = False


@dataclass(slots=True)
class Picture:
    """Marks in the order in which they are drawn; the origin is at the top left."""

    width: float
    height: float
    title: str
    description: str
    marks: list[Line | Area | Box | Text] = field(default_factory=list)


def text_width(text: str, size: float = 12.0) -> float:
    """Pixels that a text will take, near enough to leave room for it: fonts differ."""
    return len(text) * size * 0.62
