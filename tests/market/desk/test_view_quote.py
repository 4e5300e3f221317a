"""Errors by answer, and the curve of each by epsilon."""

from __future__ import annotations

from typing import Any

from market.client.questions.price_program import PricedPoint
from market.desk.buyer.view_quote import MOST_CELLS, quoted_answers


def a_point(epsilon: str, *errors: str | None, most: str | None = None) -> PricedPoint:
    cells = [
        {
            "labels": [f"level {place}"] if len(errors) > 1 else [],
            "expected_error": error,
            "least_error": error,
            "most_error": most or error,
        }
        for place, error in enumerate(errors)
    ]
    asked: dict[str, Any] = {"name": "a", "kinds": ["group_by", "mean"], "unit": "kg"}
    return PricedPoint(epsilon, {"statistics": [asked | {"cells": cells}]})


def test_an_error_falls_along_its_curve_and_the_chosen_point_is_marked() -> None:
    points = [a_point("0.1", "100"), a_point("1", "10"), a_point("10", "1")]
    chosen = a_point("2.0", "5")
    (answer,) = quoted_answers(chosen.quote, points, chosen)
    assert answer.what == "group by: mean"
    assert answer.curve is not None
    assert [mark.is_chosen for mark in answer.curve.marks] == [False, False, True, False]
    across = [mark.x for mark in answer.curve.marks]
    down = [mark.y for mark in answer.curve.marks]
    assert across == sorted(across)
    assert down == sorted(down), "smaller errors lie lower"
    assert answer.curve.words.startswith("± 100 kg at epsilon 0.1; ± 10 kg at epsilon 1")


def test_without_a_known_error_there_is_no_curve() -> None:
    points = [a_point("0.1", None), a_point("1", None)]
    (answer,) = quoted_answers(points[1].quote, points, points[1])
    assert answer.curve is None
    assert answer.cells[0].expected == "no bound"


def test_of_many_numbers_the_first_are_shown_and_the_rest_counted() -> None:
    point = a_point("1", *["2"] * (MOST_CELLS + 7), most="9")
    (answer,) = quoted_answers(point.quote, [], point)
    assert len(answer.cells) == MOST_CELLS
    assert answer.further == 7
    assert answer.cells[0].range == "2 to 9"
