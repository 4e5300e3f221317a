"""A chart says what its answer says, all of it readable, whatever people wrote into labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
from matplotlib.text import Text
from world.drawn_answers import a_cell, asked, hard_to_draw, opened

from market.charts.chart import Chart, chart_of, charts_of
from market.charts.forms import Columns, Levels, Matrix, Steps, form_of, marks_of
from market.charts.number_text import with_error
from market.charts.theme import PALETTES, drawing
from market.pages.environment import STATIC
from market.plan.answers import Answer

FORMS = {
    "average_age": Levels,
    "people": Levels,
    "health": Levels,
    "region_shares": Levels,
    "ages": Columns,
    "age_below": Steps,
    "age_quantiles": Steps,
    "visits_by_health": Levels,
    "people_by_region_and_health": Levels,
    "smokers_less_others": Levels,
    "line": Levels,
    "correlations": Matrix,
    "covariances": Matrix,
    "tables": Matrix,
    "components": Matrix,
    "classifier": None,
}


def answers() -> Iterator[Answer]:
    yield from (opened(question, name) for name, question in asked().items())
    yield from hard_to_draw().values()


def drawn() -> list[Chart]:
    return [chart for answer in answers() if (chart := chart_of(answer, theme="light"))]


CHARTS = drawn()


def texts(chart: Chart) -> list[str]:
    tree = ElementTree.fromstring(chart.svg())  # noqa: S314 - of our own making
    return ["".join(one.itertext()) for one in tree.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", FORMS)
def test_each_kind_takes_its_form(name: str) -> None:
    form = form_of(opened(asked()[name], name))
    assert type(form) is (FORMS[name] or type(None))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title[:20])
def test_no_word_is_cut_off_by_the_picture_and_none_lies_on_another(chart: Chart) -> None:
    with drawing(PALETTES["light"]):
        figure = chart._figure()
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        boxes = [
            (text.get_text(), text.get_window_extent(renderer))
            for text in figure.findobj(Text)
            if isinstance(text, Text) and text.get_text() and text.get_visible()
        ]
    for words, box in boxes:
        assert box.x0 >= 0, words
        assert box.y0 >= 0, words
        assert box.x1 <= figure.bbox.x1, words
        assert box.y1 <= figure.bbox.y1, words
    level = [(words, box) for words, box in boxes if not words.endswith("…")]
    if not isinstance(chart.form, Matrix):
        for place, (words, box) in enumerate(level):
            over = [other for other, one in level[place + 1 :] if box.overlaps(one)]
            assert not over, (words, over)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title[:20])
def test_svg_is_whole_reproducible_and_asks_nobody(chart: Chart) -> None:
    svg = chart.svg()
    assert svg == chart.svg()
    root = ElementTree.fromstring(svg)  # noqa: S314 - of our own making
    attributes = [value for node in root.iter() for value in node.attrib.values()]
    assert not [value for value in attributes if re.search(r"url\((?!#)", value)]
    links = [
        node.attrib[name] for node in root.iter() for name in node.attrib if name.endswith("href")
    ]
    assert all(link.startswith("#") for link in links)
    assert chart.png(1).startswith(b"\x89PNG")


def test_every_number_stands_in_the_picture_with_its_error() -> None:
    for name in ("visits_by_health", "health", "line", "people_by_region_and_health"):
        answer = opened(asked()[name], name)
        chart = chart_of(answer, theme="dark")
        assert chart is not None
        words = texts(chart)
        for mark in marks_of(chart.form):
            assert with_error(mark.value, mark.error_95) in words
            assert mark.label in words


def test_alt_text_tells_every_number() -> None:
    chart = chart_of(opened(asked()["health"], "health"), theme="light")
    assert chart is not None
    assert chart.alt.startswith("health. Bars, in rows, with 95 % intervals. good ")
    for mark in marks_of(chart.form):
        assert f"{mark.label} {with_error(mark.value, mark.error_95)}" in chart.alt


def test_number_that_noise_left_nothing_of_keeps_its_place_and_its_reason() -> None:
    chart = chart_of(hard_to_draw()["nothing left"], theme="light")
    assert chart is not None
    words = texts(chart)
    assert "—" in words
    assert any(line.startswith("b: There are no rows beyond the noise") for line in words)
    assert "b nothing" in chart.alt


def test_answer_without_any_number_has_no_chart() -> None:
    nothing = Answer("nothing", "mean", "", (a_cell(value=None, note="Nothing."),))
    assert chart_of(nothing, theme="light") is None
    assert charts_of([nothing, nothing], theme="light") == ()


def test_words_of_others_are_words_and_no_formula_nor_markup() -> None:
    chart = chart_of(hard_to_draw()["words"], theme="light")
    assert chart is not None
    words = " ".join(texts(chart))
    assert "$\\frac{a}" in words
    assert "in $x$ <b>" in words
    assert "漢字" in words
    assert b"<b>" not in chart.svg()
    assert "\u202e" not in words + chart.alt


def test_single_numbers_of_one_unit_share_a_chart() -> None:
    several = [
        Answer("men", "mean", "years", (a_cell(value=40.0),)),
        Answer("rows", "count", "rows", (a_cell(value=900.0),)),
        Answer("women", "mean", "years", (a_cell(value=42.0),)),
    ]
    found = charts_of(several, theme="light")
    assert [chart.names for chart in found] == [("men", "women"), ("rows",)]
    assert {"men", "women"} <= set(texts(found[0]))


def test_long_lists_show_their_longest_and_say_what_is_left() -> None:
    chart = chart_of(hard_to_draw()["many levels"], theme="light")
    assert chart is not None
    assert "30 more stand in the table alone." in texts(chart)
    assert "level 59" not in texts(chart)


def test_charts_of_several_threads_are_those_of_one() -> None:
    alone = [chart.svg() for chart in CHARTS[:6]]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(Chart.svg, CHARTS[:6])) == alone


def test_palette_is_that_of_the_pages() -> None:
    light, dark = (
        (STATIC / "market.css").read_text().split("@media (prefers-color-scheme: dark)")[:2]
    )
    for theme, sheet in (("light", light), ("dark", dark)):
        palette = PALETTES[theme]  # type: ignore[index]
        for name in palette.__slots__:
            found = re.search(rf"--{name.replace('_', '-')}: (#\w+);", sheet)
            assert found
            assert getattr(palette, name) == found[1], name
