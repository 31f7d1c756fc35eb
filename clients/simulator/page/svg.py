"""Writes a picture as SVG: inside a page, whose style sheet it uses, or as a file with its own."""

from html import escape

from simulator.page.picture import PALETTE, Area, Box, Line, Picture, Point, Text

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'
SHAPES = """
.picture text { font-family: var(--font); font-variant-numeric: tabular-nums; fill: var(--c) }
.picture .line { fill: none; stroke: var(--c); stroke-linejoin: round; stroke-linecap: round }
.picture .dashed { stroke-dasharray: 5 4; stroke-linecap: butt }
.picture .dotted { stroke-dasharray: 0.1 4 }
.picture .area, .picture .box { fill: var(--c) }
.picture .pale { opacity: .18 }
.picture .clear { fill: transparent }
.picture .clear:hover { fill: var(--ink); fill-opacity: .08 }
"""


def style_sheet() -> str:
    """Colours for light and dark paper, and how shapes are drawn in them."""
    light = "".join(f"--{name}:{colours[0]};" for name, colours in PALETTE.items())
    dark = "".join(f"--{name}:{colours[1]};" for name, colours in PALETTE.items())
    classes = "\n".join(f".picture .{name} {{ --c: var(--{name}) }}" for name in PALETTE)
    return (
        f":root {{ color-scheme: light dark; --font: {FONT}; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{classes}{SHAPES}"
    )


def svg(picture: Picture, variant: str = "", *, alone: bool = False) -> str:
    """The picture as an element of a page, of the class `variant`; `alone`: as a file of its own."""
    size = f'viewBox="0 0 {_n(picture.width)} {_n(picture.height)}"'
    space = f' xmlns="http://www.w3.org/2000/svg" width="{_n(picture.width)}" height="{_n(picture.height)}"'
    style = f"<style>{escape(style_sheet(), quote=False)}</style>" if alone else ""
    names = " ".join(["picture", *variant.split()])
    title, description = escape(picture.title), escape(picture.description)
    body = "\n".join(_element(mark) for mark in picture.marks)
    return (
        f'<svg class="{names}" role="img" {size}{space if alone else ""}>'
        f"<title>{title}</title><desc>{description}</desc>{style}\n{body}\n</svg>"
    )


def _element(mark: Line | Area | Box | Text) -> str:
    if isinstance(mark, Line):
        pattern = "" if mark.pattern == "solid" else f" {mark.pattern}"
        path = _path(mark.points)
        return f'<path class="line{pattern} {mark.style}" stroke-width="{_n(mark.width)}" d="{path}"/>'
    if isinstance(mark, Area):
        return f'<path class="area{" pale" if mark.pale else ""} {mark.style}" d="{_path(mark.points)}Z"/>'
    if isinstance(mark, Box):
        place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.width)}" height="{_n(mark.height)}"'
        if mark.title:
            return f'<rect class="box {mark.style}" {place}><title>{escape(mark.title)}</title></rect>'
        return f'<rect class="box {mark.style}" {place}/>'
    bold = ' font-weight="600"' if mark.bold else ""
    anchor = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
    place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" font-size="{_n(mark.size)}"'
    return f'<text class="{mark.style}" {place}{anchor}{bold}>{escape(mark.text)}</text>'


def _path(points: list[Point]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _n(value: float) -> str:
    """A number of pixels, as short as its tenth allows."""
    return f"{value:.1f}".removesuffix(".0")
