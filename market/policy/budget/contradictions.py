"""What a policy sells and yet cannot answer on its table: said when it is published.

Every kind of statistic is tried on the schema's columns by the very rule that admits a job
(market.policy.budget.admission), so this can promise nothing that a quote refuses.

    with recomputation = false
    group_by   ->  none: a level times a column is a product of two columns
    variance   ->  not of visits, unless products has ["visits", "visits"]
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.plan.factors import variables_of
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import Schema
from market.plan.statistics import BY_KIND, Statistic, kinds_of
from market.policy.budget.admission import admission
from market.policy.budget.shapes import Shapes
from market.pricing.lattice import ciphertext_lattice
from market.records.listing import Policy

# Of a wide table's pairs of columns the first tell enough.
_MOST_TRIED = 1_000
_MOST_NAMED = 3
_CHANGES = {"plan-only-summed": "Declare only_summed = false for that column"}
# No rule of admission looks at the name.
_ANY_TABLE = ("any-table",)


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """One kind of statistic that is sold; `some` names what of it is refused, or is empty: all."""

    kind: str
    some: tuple[str, ...]
    reason: str
    change: str

    @property
    def sentence(self) -> str:
        what = f"not all (not {', '.join(self.some)})" if self.some else "none"
        return f"{self.kind} is sold, but {what} can be answered: {self.reason} {self.change}"


@dataclass(frozen=True, slots=True)
class _Denied:
    """Why a question is turned away, and what the owner may write instead."""

    reason: str
    change: str


def unanswerable(policy: Policy, schema: Schema) -> tuple[Unanswerable, ...]:
    """Every contradiction between what a policy sells and what it allows."""
    shapes = Shapes(schema)
    found = (_tried(kind, policy, schema, shapes) for kind in policy.statistics)
    return tuple(one for one in found if one is not None)


def _tried(kind: str, policy: Policy, schema: Schema, shapes: Shapes) -> Unanswerable | None:
    examples: Iterator[Statistic] = BY_KIND[kind].examples(schema.columns)
    asked = list(islice(examples, _MOST_TRIED))
    if not asked:
        take_out = f'Take "{kind}" out of statistics.'
        return Unanswerable(kind, (), "the table has no columns for it.", take_out)
    sold = [one for one in asked if set(kinds_of(one)) <= set(policy.statistics)]
    if not sold:
        return _nothing_inside(kind, asked)
    by_shape: dict[Hashable, _Denied | None] = {}
    denied = list[Statistic]()
    first: _Denied | None = None
    for one in sold:
        shape = shapes.of(one)
        if shape not in by_shape:
            by_shape[shape] = _denied(one, policy, schema)
        if (why := by_shape[shape]) is not None:
            # The first of a shape is the one that was tried: what is said names its columns.
            first = first or why
            denied.append(one)
    if first is None:
        return None
    named = () if len(denied) == len(sold) else tuple(one.words for one in denied[:_MOST_NAMED])
    return Unanswerable(kind, named, first.reason, first.change)


def _denied(statistic: Statistic, policy: Policy, schema: Schema) -> _Denied | None:
    """Why a plan of this statistic alone is turned away, and what to write instead."""
    plan = Plan(PLAN_VERSION, _ANY_TABLE, "gaussian", (NamedStatistic("one", 1, statistic),))
    take_out = f'take "{statistic.tag}" out of statistics.'
    try:
        lowered = lower(plan, schema)
    except Refused as refused:
        change = _CHANGES.get(refused.code, "Declare products of the columns in it")
        return _Denied(refused.message, f"{change}, or {take_out}")
    if admission(policy, lowered, 0, ciphertext_lattice(schema.capacity_rows, PRODUCTS)) is None:
        return None
    reason = (
        "it multiplies encrypted columns, and `recomputation = false` allows declared products "
        "only."
    )
    return _Denied(reason, f"Set recomputation = true, or {_product(lowered) or take_out}")


def _product(lowered: Lowered) -> str:
    """To declare a product, where declared products would do: of plain columns, not of products."""
    multiplied = [moment for moment in lowered.moments if len(moment) > 1]
    columns = [
        [one.column for factor in moment for one in variables_of(factor)] for moment in multiplied
    ]
    if all(len(pair) == 2 for pair in columns):
        left, right = sorted(columns[0])
        return f'declare products such as ["{left}", "{right}"].'
    return ""


def _nothing_inside(kind: str, asked: Sequence[Statistic]) -> Unanswerable:
    """A kind that is asked only together with others, none of which is sold."""
    others = dict.fromkeys(other for one in asked for other in kinds_of(one) if other != kind)
    reason = f"it needs one of {', '.join(others)}, and none of them is sold."
    return Unanswerable(kind, (), reason, f'Add "{next(iter(others))}" to statistics.')
