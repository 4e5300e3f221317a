"""What an interval promises: of every statistic's releases, the truth lies in 95 of a hundred.

Releases are of noised moments in memory, with the product's own noise; statistics are those that a
program may ask of plain columns (`examples`), a few of every kind, all in one plan. How often the
truth was covered is binomial, so a cell is refused only where its count could hardly come of a
coverage between 93 % and 97 %: by the exact tail, at a probability so small that no run of all
tests ever sees it. Held to both bounds is the interval as noise left it; the one that is given
covers no less. What is said to be rough (a note) may be covered more often.
"""

from __future__ import annotations

import secrets
from itertools import islice
from typing import Final

import pytest
from scipy.stats import binom
from strategies.plans import is_answered
from world.lattices import agg_lattice
from world.one_draw import one_draw

from crypto.noise import BitSource, DerivedBits
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from market.plan.answers import AnswerCell, answers
from market.plan.expression import Add, Column, Constant, Level, Multiply
from market.plan.factors import Product
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, NoiseLaw, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import BY_KIND, Mean, Statistic, Sum
from market.pricing.quote import Quote, quote
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments
from market.tables.twin import make_twin

RELEASES: Final = 1_000
ROWS: Final = 3_000
"""Fewer than there may be: at an end of its range a number is often carried out of it."""
LEAST, MOST = 0.93, 0.97
HARDLY: Final = 1e-8
EXAMPLES_OF_A_KIND: Final = 4
WIDE: Final = frozenset({"standard error", "loading"})
"""Labels of what models tell with a generous error, a bound where noises meet in a matrix: covered
at least as often as it says."""
BINS = ("0", "3", "5", "7", "10")
SCHEMA = Schema(
    "small",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", "6", "2", BINS),
        NumericColumn("y", "-5", "5", "a number", "metres", "midpoint", None, None),
        # Which level is the most frequent, no noise shall change.
        CategoricalColumn("g", ("a", "b"), "a group", ("0.5", "0.3", "0.2")),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("x", "x"), Product("y", "y")),
)
LATTICE = agg_lattice(SCHEMA)
# Enough for a plan of so many statistics that errors are of first order, as a quote's are.
RHO_UNITS: Final = 20 * 10**12


def of_every_kind(law: NoiseLaw) -> Lowered:
    statistics = [
        NamedStatistic(f"{kind}_{i}", 1, one)
        for kind, node in BY_KIND.items()
        for i, one in enumerate(
            islice(
                (one for one in node.examples(SCHEMA.columns) if is_answered(one, SCHEMA)),
                EXAMPLES_OF_A_KIND,
            )
        )
    ]
    return lower(Plan(PLAN_VERSION, ("visits",), law, tuple(statistics)), SCHEMA)


ALONE: Final[tuple[Statistic, ...]] = (
    Sum(Column("x")),
    Sum(Add(Column("x"), Column("flag"))),
    Mean(Add(Column("x"), Column("y"))),
    Sum(Add(Level("g", "a"), Multiply(Constant("-3"), Level("g", "b")))),
)
"""Of which several moments are opened as one when nothing else is asked."""


def cells_of(lowered: Lowered, moments: object) -> dict[tuple[str, ...], AnswerCell]:
    return {
        (answer.name, *cell.labels): cell
        for answer in answers(lowered, moments)
        for cell in answer.cells
    }


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_truth_lies_in_the_interval_as_often_as_it_says(law: NoiseLaw) -> None:
    lowered = of_every_kind(law)
    table = encode_table(make_twin(SCHEMA, 3, ROWS), SCHEMA, PRODUCTS).columns
    exact = plaintext_moments(lowered, table)
    truth = cells_of(lowered, exact)
    priced = quote(lowered, RHO_UNITS, "0.000001", LATTICE)
    bits = DerivedBits(Secret(secrets.token_bytes(32)))
    covered, given = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0)
    rough = set[tuple[str, ...]]()
    for _ in range(RELEASES):
        for name, cell in cells_of(lowered, released(priced, exact, bits)).items():
            if name not in truth:
                # Of two levels alike noise chooses the most frequent: another number is answered.
                rough |= {known for known in truth if known[0] == name[0]}
                continue
            value = truth[name].value
            if cell.value is None or value is None:
                assert cell.note, name
                rough.add(name)
                continue
            rounding = 1e-9 * abs(value)
            covered[name] += abs(cell.raw.value - value) <= cell.raw.error_95 + rounding
            given[name] += cell.low - rounding <= value <= cell.high + rounding
            # Without an error it is known whatever the data.
            if cell.note or not cell.error_95:
                rough.add(name)
    seldom = {
        name: times
        for name, times in covered.items()
        if name not in rough and binom.cdf(times, RELEASES, LEAST) < HARDLY
    }
    often = {
        name: times
        for name, times in covered.items()
        if not (name in rough or WIDE & set(name)) and binom.sf(times - 1, RELEASES, MOST) < HARDLY
    }
    less = {
        name: times
        for name, times in given.items()
        if name not in rough and binom.cdf(times, RELEASES, LEAST) < HARDLY
    }
    assert (seldom, often, less) == ({}, {}, {})
    assert {name.rsplit("_", 1)[0] for name, *_ in set(truth) - rough} == set(BY_KIND)


@pytest.mark.parametrize("asked", ALONE, ids=lambda one: one.words)
def test_truth_lies_in_the_interval_of_what_is_opened_as_one(asked: Statistic) -> None:
    plan = Plan(PLAN_VERSION, ("visits",), "laplace", (NamedStatistic("s", 1, asked),))
    lowered = lower(plan, SCHEMA)
    assert any(output.weights for output in lowered.outputs)
    table = encode_table(make_twin(SCHEMA, 3, ROWS), SCHEMA, PRODUCTS).columns
    exact = plaintext_moments(lowered, table)
    (truth,) = cells_of(lowered, exact).values()
    priced = quote(lowered, RHO_UNITS, "0.000001", LATTICE)
    bits = DerivedBits(Secret(secrets.token_bytes(32)))
    covered = 0
    for _ in range(RELEASES):
        (cell,) = cells_of(lowered, released(priced, exact, bits)).values()
        covered += abs(cell.raw.value - truth.value) <= cell.raw.error_95
    assert binom.cdf(covered, RELEASES, LEAST) >= HARDLY
    assert binom.sf(covered - 1, RELEASES, MOST) >= HARDLY


def released(priced: Quote, exact: object, bits: BitSource) -> dict[str, object]:
    """Every moment with noise of its own, as it would be opened."""
    return {
        output.output: output.moment(
            round(exact[output.output].value * PRODUCTS.unit(output.degree))
            + one_draw(output.ladder, output.rung, bits),
            LATTICE,
        )
        for output in priced.outputs
    }
