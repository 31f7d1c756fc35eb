"""Charts are laid out within their picture, on scales in round numbers, with gaps where there is nothing."""

from itertools import pairwise

import pytest

from simulator.page.chart import Axis, Chart, Series, Tick, describe, draw, label, scale
from simulator.page.picture import PALETTE, SERIES, Area, Box, Line, Picture, Text, text_width
from simulator.page.svg import svg

SIZES = [(340, 270), (560, 290), (720, 380)]


def chart(**more: object) -> Chart:
    axis = Axis([f"{hour}:00 to {hour + 1}:00" for hour in range(4)], [Tick(n, f"{n}:00", n) for n in range(5)])
    found = {"bars": (Series("answered", "answered", [10, 20, 0, 5]), Series("abandoned", "abandoned", [5, 0, 0, 5]))}
    return Chart("key", "Title", "What it shows.", "contacts", axis, **(found | more))  # type: ignore[arg-type]


def boxes(picture: Picture, style: str) -> list[Box]:
    return [mark for mark in picture.marks if isinstance(mark, Box) and mark.style == style and mark.height != 11]


def lines(picture: Picture, style: str) -> list[Line]:
    """Without the sample in the legend, which has a width of its own."""
    return [mark for mark in picture.marks if isinstance(mark, Line) and mark.style == style and mark.width == 2.0]


@pytest.mark.parametrize(
    ("highest", "end", "step"),
    [(0, 1, 1), (1, 1, 0.2), (7, 8, 2), (10, 10, 2), (101, 125, 25), (0.3, 0.3, 0.1), (1234, 1250, 250)],
)
def test_scales_are_round(highest: float, end: float, step: float) -> None:
    assert list(scale(highest)) == pytest.approx([end, step])


def test_labels() -> None:
    assert label(0.25, "share") == "25%"
    assert label(1250, "s") == "1,250 s"
    assert label(0.2, "contacts") == "0.2"
    assert label(2.0, "contacts") == "2"


def test_bars_stand_on_each_other_in_proportion() -> None:
    picture = draw(chart(), 560, 290)
    answered, abandoned = boxes(picture, "answered"), boxes(picture, "abandoned")
    assert [box.height / answered[0].height for box in answered] == pytest.approx([1, 2, 0.5])
    assert abandoned[0].y + abandoned[0].height == pytest.approx(answered[0].y)
    assert abandoned[0].height == pytest.approx(answered[0].height / 2)
    assert answered[1].y + answered[1].height == pytest.approx(answered[0].y + answered[0].height)


def test_areas_stand_on_each_other() -> None:
    lower, upper = Series("one", "s1", [1, 2, 3, 4]), Series("two", "s2", [4, 3, 2, 1])
    picture = draw(chart(bars=(), areas=(lower, upper)), 560, 290)
    first, second = (mark for mark in picture.marks if isinstance(mark, Area))
    assert second.points[4:] == first.points[:4][::-1]
    assert len({y for _, y in second.points[:4]}) == 1


def test_a_gap_is_no_nought_and_a_point_alone_is_seen() -> None:
    picture = draw(chart(bars=(), lines=(Series("waits", "s1", [1.0, 2.0, None, 4.0]),)), 560, 290)
    run, alone = lines(picture, "s1")
    assert len(run.points) == 2
    (left, y), (right, same) = alone.points
    assert right > left
    assert y == same < run.points[1][1]


def test_a_value_beyond_nothing_is_drawn_within_the_frame() -> None:
    picture = draw(chart(bars=(), lines=(Series("none", "s1", [None] * 4),)), 340, 270)
    assert lines(picture, "s1") == []
    assert describe(chart(bars=(), lines=(Series("none", "s1", [None] * 4),))) == "What it shows. ."


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("titled", [False, True])
def test_everything_is_within_the_picture(size: tuple[float, float], titled: bool) -> None:
    many = tuple(Series(f"a long name of a series {n}", style, [2000.0] * 4) for n, style in enumerate(SERIES))
    picture = draw(chart(bars=(), areas=many, rule=(1.0, "20 s")), *size, titled=titled)
    for mark in picture.marks:
        if isinstance(mark, Text):
            width = text_width(mark.text, mark.size)
            left = mark.x - {"start": 0, "middle": width / 2, "end": width}[mark.anchor]
            assert -1 <= left <= left + width <= size[0] + 8, mark
            assert 0 < mark.y < size[1], mark
        elif isinstance(mark, Box):
            assert 0 <= mark.x <= mark.x + mark.width <= size[0] + 0.01, mark
            assert 0 <= mark.y <= mark.y + mark.height <= size[1], mark
        else:
            assert all(0 <= x <= size[0] and 0 <= y <= size[1] for x, y in mark.points), mark


@pytest.mark.parametrize("size", SIZES)
def test_texts_of_the_axis_do_not_touch(size: tuple[float, float]) -> None:
    ticks = [Tick(number, f"{number}:00", number) for number in range(25)]
    axis = Axis([f"{number}:00" for number in range(24)], ticks)
    day = Chart("key", "Title", "Note.", "s", axis, lines=(Series("one", "s1", [float(n) for n in range(24)]),))
    picture = draw(day, *size)
    texts = [mark for mark in picture.marks if isinstance(mark, Text) and mark.anchor == "middle"]
    assert len(texts) >= 4
    for before, after in pairwise(texts):
        assert before.x + text_width(before.text) / 2 < after.x - text_width(after.text) / 2


def test_who_points_at_an_interval_is_told_its_values() -> None:
    titles = [box.title for box in boxes(draw(chart(), 560, 290), "clear")]
    assert titles[0] == "0:00 to 1:00\nanswered: 10\nabandoned: 5"
    assert len(titles) == 4


def test_a_chart_is_told_in_words() -> None:
    assert describe(chart()) == (
        "What it shows. answered: at most 20 (1:00 to 2:00); abandoned: at most 5 (0:00 to 1:00)."
    )


def test_one_series_needs_no_legend() -> None:
    alone = draw(chart(bars=(Series("answered", "answered", [1, 2, 3, 4]),)), 340, 270)
    assert not any(isinstance(mark, Text) and mark.text == "answered" for mark in alone.marks)


def test_names_are_escaped() -> None:
    evil = draw(chart(lines=(Series("</text><script>", "s1", [1, 2, 3, 4]),)), 340, 270)
    text = svg(evil)
    assert "<script>" not in text
    assert "&lt;/text&gt;&lt;script&gt;" in text


def luminance(colour: str) -> float:
    """Relative luminance of a #rrggbb, as WCAG 2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("style", sorted(PALETTE.keys() - {"paper", "grid", "clear"}))
def test_colours_stand_out_from_the_paper(style: str, theme: int) -> None:
    light, dark = sorted((luminance(PALETTE[style][theme]), luminance(PALETTE["paper"][theme])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= (4.5 if style in ("ink", "muted") else 3)
