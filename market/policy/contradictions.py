"""What a policy sells and yet cannot answer on its table: said when it is published.

Every kind of statistic is tried on the schema's columns by the very rule that admits a job
(market.policy.admission), so this can promise nothing that a quote refuses.

    with recomputation = false
    group_by   ->  none: a level times a column is a product of two columns
    variance   ->  of visits, unless products has ["visits", "visits"]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice

from market.errors import Refused
from market.plan.expression import (
    Column,
    Correlation,
    Count,
    Covariance,
    GroupBy,
    Histogram,
    Mean,
    NamedStatistic,
    Plan,
    Statistic,
    Sum,
    Variance,
)
from market.plan.human import describe_statistic
from market.plan.schema import CategoricalColumn, NumericColumn, Schema
from market.policy.admission import admission
from market.records.listing import Policy

# Of a wide table's pairs of columns the first tell enough.
_MOST_TRIED = 1_000
_MOST_NAMED = 3
_PER_ROW = {"sum": Sum, "mean": Mean, "variance": Variance}
_PAIRS = {"covariance": Covariance, "correlation": Correlation}


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """One kind of statistic that is sold; `some` names what of it is refused, or is empty: all."""

    kind: str
    some: tuple[str, ...]
    reason: str
    change: str

    @property
    def sentence(self) -> str:
        what = f"some ({', '.join(self.some)}, ...)" if self.some else "none"
        return f"{self.kind} is sold, but {what} can be answered: {self.reason} {self.change}"


def unanswerable(policy: Policy, schema: Schema) -> tuple[Unanswerable, ...]:
    """Every contradiction between what a policy sells and what it allows."""
    found = (_tried(kind, policy, schema) for kind in policy.statistics)
    return tuple(one for one in found if one is not None)


def _tried(kind: str, policy: Policy, schema: Schema) -> Unanswerable | None:
    statistics = list(islice(_statistics(kind, policy, schema), _MOST_TRIED))
    if not statistics:
        reason, change = _nothing_to_ask(kind, policy)
        return Unanswerable(kind, (), reason, change)
    denied = [(one, code) for one in statistics if (code := _denied(one, policy, schema))]
    if not denied:
        return None
    refused = [describe_statistic(statistic) for statistic, _ in denied[:_MOST_NAMED]]
    is_all = len(denied) == len(statistics)
    reason = (
        "it multiplies encrypted columns, and `recomputation = false` allows declared products "
        "only."
    )
    return Unanswerable(
        kind, () if is_all else tuple(refused), reason, _change(kind, denied[0][0], schema)
    )


def _denied(statistic: Statistic, policy: Policy, schema: Schema) -> str:
    """The code of the rule that a plan of this statistic alone breaks, or an empty string."""
    plan = Plan(1, "gaussian", (NamedStatistic("one", 1, statistic),))
    try:
        denied = admission(policy, schema, plan, 0)
    except Refused as refused:
        return refused.code
    return denied.code if denied else ""


def _statistics(kind: str, policy: Policy, schema: Schema) -> Iterator[Statistic]:
    """One of each that a program may ask for by plain columns."""
    keys = [c.name for c in schema.columns if isinstance(c, CategoricalColumn)]
    numbers = [Column(c.name) for c in schema.columns if not isinstance(c, CategoricalColumn)]
    if kind == "count":
        yield Count()
    elif kind == "histogram":
        yield from map(Histogram, keys)
    elif kind in _PER_ROW:
        yield from map(_PER_ROW[kind], numbers)
    elif kind in _PAIRS:
        yield from (_PAIRS[kind](left, right) for left, right in combinations(numbers, 2))
    else:
        inner = [_PER_ROW[name] for name in policy.statistics if name in _PER_ROW]
        yield from (GroupBy(key, of(number)) for key in keys for number in numbers for of in inner)


def _nothing_to_ask(kind: str, policy: Policy) -> tuple[str, str]:
    if kind == "group_by" and not _PER_ROW.keys() & set(policy.statistics):
        return "no sum, mean or variance is sold to group.", 'Add "sum", "mean" or "variance".'
    return "the table has no columns for it.", f'Take "{kind}" out of statistics.'


def _change(kind: str, refused: Statistic, schema: Schema) -> str:
    """What to write instead, for the first of those refused."""
    pair: tuple[str, ...] = ()
    match refused:
        case Variance(of=Column(name=name)):
            pair = (name, name)
        case Covariance(left=Column(name=left), right=Column(name=right)):
            pair = (left, right)
    # Only products of numeric columns can be declared.
    if pair and all(isinstance(schema.column(name), NumericColumn) for name in pair):
        return f'Set recomputation = true, or declare products such as ["{pair[0]}", "{pair[1]}"].'
    return f'Set recomputation = true, or take "{kind}" out of statistics.'
