"""What a policy sells and yet cannot answer on its table: said when it is published.

Every kind of statistic is tried on the schema's columns by the very rule that admits a job
(market.policy.admission), so this can promise nothing that a quote refuses.

    with recomputation = false
    group_by   ->  none: a level times a column is a product of two columns
    variance   ->  of visits, unless products has ["visits", "visits"]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from market.errors import Refused
from market.plan.factors import Numeric
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import Schema
from market.plan.statistics import BY_KIND, Statistic, kinds_of
from market.policy.admission import admission
from market.records.listing import Policy

# Of a wide table's pairs of columns the first tell enough.
_MOST_TRIED = 1_000
_MOST_NAMED = 3


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
    examples: Iterator[Statistic] = BY_KIND[kind].examples(schema.columns)
    asked = list(islice(examples, _MOST_TRIED))
    if not asked:
        take_out = f'Take "{kind}" out of statistics.'
        return Unanswerable(kind, (), "the table has no columns for it.", take_out)
    sold = [one for one in asked if set(kinds_of(one)) <= set(policy.statistics)]
    if not sold:
        return _nothing_inside(kind, asked)
    denied = [one for one in sold if _is_denied(one, policy, schema)]
    if not denied:
        return None
    named = () if len(denied) == len(sold) else tuple(one.words for one in denied[:_MOST_NAMED])
    reason = (
        "it multiplies encrypted columns, and `recomputation = false` allows declared products "
        "only."
    )
    return Unanswerable(kind, named, reason, _change(kind, denied[0], schema))


def _is_denied(statistic: Statistic, policy: Policy, schema: Schema) -> bool:
    """Whether a plan of this statistic alone breaks a rule."""
    plan = Plan(1, "gaussian", (NamedStatistic("one", 1, statistic),))
    try:
        return admission(policy, schema, plan, 0) is not None
    except Refused:
        return True


def _nothing_inside(kind: str, asked: Sequence[Statistic]) -> Unanswerable:
    """A kind that is asked only together with others, none of which is sold."""
    others = dict.fromkeys(other for one in asked for other in kinds_of(one) if other != kind)
    reason = f"it needs one of {', '.join(others)}, and none of them is sold."
    return Unanswerable(kind, (), reason, f'Add "{next(iter(others))}" to statistics.')


def _change(kind: str, refused: Statistic, schema: Schema) -> str:
    """What to write instead, for the first of those refused."""
    multiplied = [
        moment for part in refused.parts(schema) for moment in part.moments if len(moment) > 1
    ]
    # Only products of numeric columns can be declared.
    declarable = [
        [factor.column for factor in moment if isinstance(factor, Numeric)] for moment in multiplied
    ]
    if all(len(columns) == 2 for columns in declarable):
        left, right = declarable[0]
        return f'Set recomputation = true, or declare products such as ["{left}", "{right}"].'
    return f'Set recomputation = true, or take "{kind}" out of statistics.'
