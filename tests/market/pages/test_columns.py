"""The table of columns shows what an owner declared, and says once what becomes of the rest."""

from __future__ import annotations

from world.household import SCHEMA

from market.pages.columns import SLICES, column_rows, distribution_of, values_note
from market.plan.schema import BooleanColumn, CategoricalColumn, NumericColumn, Schema


def number(mean: str | None, sd: str | None, low: str = "0", high: str = "10") -> NumericColumn:
    return NumericColumn("stay", low, high, "a stay", "days", "midpoint", mean, sd)


def test_rows_have_bounds_or_levels_and_a_unit() -> None:
    visits, age, health, insured = column_rows(SCHEMA)
    assert (visits.values, visits.unit, visits.levels) == ("0 to 77", "visits per year", ())
    assert age.distribution is None
    assert (health.values, health.levels) == ("", ("poor", "good", "excellent", "OTHER"))
    assert insured.values == "true or false"


def test_one_note_says_what_becomes_of_missing_values() -> None:
    assert values_note(SCHEMA) == (
        "Missing values count as the middle of the bounds (visits); leave their row out (age); "
        "count as OTHER, as unknown ones do (health); count as false (insured). Numbers outside "
        "their bounds are clipped to them."
    )
    alike = Schema("s", (BooleanColumn("a", "a", "false"),), SCHEMA.privacy_unit, 10, ())
    assert values_note(alike) == "Missing values count as false, in every column."


def test_a_number_is_drawn_by_its_mean_and_spread_and_clipped_at_its_bounds() -> None:
    middle = distribution_of(number("5", "1"))
    assert middle is not None
    assert len(middle.bars) == SLICES
    assert middle.bars == middle.bars[::-1]
    assert max(middle.bars) == middle.bars[SLICES // 2] == 1_000
    assert middle.words == "mean 5, standard deviation 1"
    low = distribution_of(number("-3", "1"))
    assert low is not None
    assert low.bars[0] == 1_000
    certain = distribution_of(number("5", "0"))
    assert certain is not None
    assert sorted(certain.bars)[-2:] == [0, 1_000]
    assert distribution_of(number(None, None)) is None


def test_levels_are_drawn_in_their_order_and_many_are_folded() -> None:
    few = CategoricalColumn("ward", ("a", "b"), "a ward", ("0.2", "0.7", "0.1"))
    drawn = distribution_of(few)
    assert drawn is not None
    assert drawn.bars == (286, 1_000, 143)
    assert drawn.words == "b 70 %, a 20 %, OTHER 10 %"
    names = tuple(f"w{place}" for place in range(39))
    many = distribution_of(CategoricalColumn("ward", names, "a ward", ("0.025",) * 40))
    assert many is not None
    assert len(many.bars) == SLICES
    assert many.bars[-1] == 1_000
    assert many.words == "w0 2.5 %, w1 2.5 %, w2 2.5 % and 37 more"
