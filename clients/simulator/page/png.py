"""Writes a picture as PNG, with matplotlib: the extra `report`, which nothing else needs."""

import importlib.util
from pathlib import Path

from simulator.page.picture import PALETTE, Area, Box, Line, Picture, Text

INCH = 100.0
"""Pixels of a picture that make an inch."""
DOTS = 200
"""Dots to an inch: twice as many as pixels, for sharp screens."""
POINT = 72 / INCH
ALPHA = 0.18
DASHES = {"dashed": (3.5, 2.5), "dotted": (0.1, 2.2)}
"""Lengths of strokes and gaps, in widths of the line."""
ANCHORS = {"start": "left", "middle": "center", "end": "right"}


def missing() -> str:
    """What to do before a PNG can be written; empty when nothing is missing."""
    if importlib.util.find_spec("matplotlib"):
        return ""
    return "PNG files are drawn by matplotlib, which is not installed; install it with: pip install 'acd[report]'"


def write_png(picture: Picture, path: Path) -> None:
    """On light paper, at twice the picture's size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra, and slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above
    from matplotlib.lines import Line2D  # noqa: PLC0415 - as above
    from matplotlib.patches import Polygon, Rectangle  # noqa: PLC0415 - as above

    figure = Figure(figsize=(picture.width / INCH, picture.height / INCH), dpi=DOTS, facecolor=PALETTE["paper"][0])
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, picture.width), ylim=(picture.height, 0))
    axes.set_axis_off()
    for order, mark in enumerate(picture.marks):
        if mark.style == "clear":
            continue
        colour = PALETTE[mark.style][0]
        if isinstance(mark, Line):
            xs, ys = [x for x, _ in mark.points], [y for _, y in mark.points]
            line = Line2D(xs, ys, color=colour, linewidth=mark.width * POINT, zorder=order)
            if mark.pattern != "solid":
                line.set_dashes(DASHES[mark.pattern])
                line.set_dash_capstyle("round" if mark.pattern == "dotted" else "butt")
            axes.add_line(line)
        elif isinstance(mark, Area):
            alpha = ALPHA if mark.pale else 1.0
            axes.add_patch(Polygon(mark.points, facecolor=colour, alpha=alpha, linewidth=0, zorder=order))
        elif isinstance(mark, Box):
            box = Rectangle((mark.x, mark.y), mark.width, mark.height, facecolor=colour, linewidth=0, zorder=order)
            axes.add_patch(box)
        elif isinstance(mark, Text):
            # The text is no mathematics, whatever signs are in it.
            axes.text(
                mark.x, mark.y, mark.text, color=colour, fontsize=mark.size * POINT * 0.94, zorder=order,
                ha=ANCHORS[mark.anchor], va="baseline", fontweight="bold" if mark.bold else "normal", parse_math=False,
            )  # fmt: skip
    FigureCanvasAgg(figure)
    figure.savefig(path, format="png")
