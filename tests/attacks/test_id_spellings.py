"""One person under many spellings of one id: they move an answer no further than declared."""

from __future__ import annotations

import pytest

from crypto.parameters import PRODUCTS
from market.plan.schema import NumericColumn, PrivacyUnit, Schema
from market.tables.encode import encode_table

SPELLINGS = ["7", "007", "7.0", " 7", "\uff17", "7.00", "+7", "\u200b7"]


@pytest.mark.parametrize("max_rows", [1, 2])
def test_person_in_eight_spellings_adds_no_more_than_max_rows(max_rows: int) -> None:
    schema = Schema(
        "spelled",
        (NumericColumn("visits", "0", "100", "visits", "visits", "midpoint", None, None),),
        PrivacyUnit("patient", max_rows, "a person"),
        100,
        (),
    )
    others = {"patient": ["8", "9"], "visits": [0, 0]}
    everybody = {
        "patient": [*others["patient"], *SPELLINGS],
        "visits": [*others["visits"], *[100] * len(SPELLINGS)],
    }
    without, together = (
        encode_table(others, schema, PRODUCTS),
        encode_table(everybody, schema, PRODUCTS),
    )
    moved = together.columns["visits"].sum() - without.columns["visits"].sum()
    # The privacy reader's sensitivity: each row of a person moves a sum by at most one code.
    assert moved == max_rows
