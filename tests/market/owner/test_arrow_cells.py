"""Cells of an array of text are each text's normal form, by whichever way they were found."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from market.owner.table.arrow_cells import cells_of_texts
from market.plan.cells import normal_text

TEXTS = st.lists(st.none() | st.text("+-.,/059", max_size=4) | st.text(max_size=4), max_size=8)


@given(TEXTS, st.integers(0, 3))
@example(["7", None, "", "-0.50", "7"], 0)
@example([" 7", "7"], 1)
@example(["e\u0301", "1"], 0)
@example([None, None], 0)
def test_cells_are_the_normal_forms_of_texts(texts: list[str | None], skipped: int) -> None:
    cells = cells_of_texts(pa.array(texts, pa.string())[skipped:])
    found = [cells.texts[place] for place in cells.places.tolist()]
    assert found == [normal_text(text or "") or None for text in texts[skipped:]]
