"""A quote on a job's page: every answer, and no more of its numbers than anybody reads."""

from __future__ import annotations

import pytest

from crypto import canonical
from crypto.canonical import Json
from market.entities.documents import Document, Documents
from market.portal.views.quote import QuotedStatistic, quote_of, share_text


def quoted(cells: int) -> QuotedStatistic:
    statistic: Json = {
        "name": "table",
        "kinds": ["contingency"],
        "unit": "rows",
        "rho_units": 5,
        "cells": [
            {
                "labels": ["sex", f"level {n}"],
                "expected_error": "1.5",
                "least_error": "0.9",
                "most_error": None,
            }
            for n in range(cells)
        ],
    }
    quote: Json = {
        "delta": "0.000001",
        "guarantee": "profile",
        "law": "gaussian",
        "epsilon": "1",
        "outputs": [],
        "rho_units": 5,
        "statistics": [statistic],
        "surcharge_rho_units": 0,
        "work": {"count": 1, "products": 1, "what": "ciphertexts"},
    }
    found = quote_of(Documents((Document("quote", canonical.dumps(quote).decode()),)))
    assert found is not None
    return found.statistics[0]


@pytest.mark.parametrize(("cells", "shown"), [(1, 1), (20, 20), (21, 20), (3_000, 20)])
def test_numbers_that_are_not_shown_are_counted(cells: int, shown: int) -> None:
    answer = quoted(cells)
    assert len(answer.cells) == shown
    assert len(answer.cells) + answer.further_cells == cells


def test_labels_are_read_as_one_line_and_a_missing_bound_is_said() -> None:
    (cell,) = quoted(1).cells
    assert cell.label == "sex, level 0"
    assert (cell.expected_error, cell.error_range) == ("± 1.5", "0.9 or more")


def test_a_share_of_the_privacy_is_told_in_whole_per_cent() -> None:
    told = [share_text(part, 1_000) for part in (0, 4, 380, 995, 1_000)]
    assert told == ["0 %", "under 1 %", "38 %", "100 %", "100 %"]
    assert share_text(0, 0) == "0 %"


def test_a_plan_of_another_release_leaves_its_statistics_without_words() -> None:
    assert quoted(1).words == ""
