"""The lowering: a plan is a set of moments, each opened once and shared by its statistics.

A moment is the sum over all rows, padding included, of one encoded column or of two multiplied.
A statistic is a few linear combinations of moments; everything after them (ratios,
roots) is post-processing at the buyer. A combination that is 0 whatever the data is not opened.

A family is a set of moments of which one row touches at most one: those that differ only in the
level of the key columns. One row then changes the family's vector by at most 1 in one place,
because every encoded column lies in [-1, 1]: l1 and l2 sensitivity are the rows of one unit.

    group_by("health")["visits"].mean()  ->  families  health=   and   health=&visits
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import get_args

from market.errors import Refused
from market.plan.expression import Expression
from market.plan.factors import Moment, family_id, moment_id
from market.plan.plan import Plan
from market.plan.schema import Schema
from market.plan.statistics import kinds_of

MAXIMUM_OUTPUTS = 4_096
MAXIMUM_NODES = 20_000


@dataclass(frozen=True, slots=True)
class Output:
    """One opened coefficient."""

    moment: Moment

    @property
    def id(self) -> str:
        """Its name in shares, noise and receipts."""
        return moment_id(self.moment)

    @property
    def columns(self) -> tuple[str, ...]:
        """The encoded columns it multiplies, as the manifest names them."""
        return tuple(factor.id for factor in self.moment)

    @property
    def degree(self) -> int:
        return len(self.moment)


@dataclass(frozen=True, slots=True)
class Family:
    """Moments of which one row touches at most one."""

    id: str
    degree: int
    outputs: tuple[str, ...]


def plan_outputs(plan: Plan, schema: Schema) -> tuple[Output, ...]:
    """Every coefficient the plan opens, in the order its statistics first need them.

    Raises:
        Refused: `plan-...`; also `plan-opens-nothing` when every answer is known without data.
    """
    moments: dict[Moment, None] = {}
    for needed in statistic_moments(plan, schema):
        moments.update(dict.fromkeys(needed))
    if not moments:
        raise Refused(
            "plan-opens-nothing",
            "Every answer of the plan is the same whatever the data.",
            "Ask for a statistic of a column.",
        )
    if len(moments) > MAXIMUM_OUTPUTS:
        raise Refused(
            "plan-too-large",
            f"The plan opens {len(moments)} sums, expected at most {MAXIMUM_OUTPUTS}.",
            "Ask for fewer statistics, or split them over several jobs.",
        )
    return tuple(Output(moment) for moment in moments)


def statistic_moments(plan: Plan, schema: Schema) -> tuple[tuple[Moment, ...], ...]:
    """The moments each statistic of the plan needs, in the plan's order."""
    _check_size(plan)
    return tuple(
        tuple(
            dict.fromkeys(
                moment for part in named.statistic.parts(schema) for moment in part.moments
            )
        )
        for named in plan.statistics
    )


def families(outputs: tuple[Output, ...]) -> tuple[Family, ...]:
    """The outputs, partitioned."""
    members: dict[str, list[Output]] = {}
    for output in outputs:
        members.setdefault(family_id(output.moment), []).append(output)
    return tuple(
        Family(name, group[0].degree, tuple(output.id for output in group))
        for name, group in members.items()
    )


def kinds(plan: Plan) -> tuple[str, ...]:
    """What the owner's policy must allow: kinds of the statistics, those inside groups too."""
    return tuple(
        dict.fromkeys(kind for named in plan.statistics for kind in kinds_of(named.statistic))
    )


def uses_recomputation(plan: Plan, schema: Schema) -> bool:
    """Whether any output multiplies two encrypted columns."""
    return any(output.degree > 1 for output in plan_outputs(plan, schema))


def _check_size(plan: Plan) -> None:
    nodes = sum(1 for _ in _expressions(plan.statistics))
    if nodes > MAXIMUM_NODES:
        raise Refused(
            "plan-too-large",
            f"The plan has {nodes} nodes, expected at most {MAXIMUM_NODES}.",
            "Ask for fewer or simpler statistics, in several jobs.",
        )


def _expressions(node: object) -> Iterator[Expression]:
    """Every node of an expression below a node of the plan, however often it is used."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += node
        elif is_dataclass(node):
            waiting += (getattr(node, field.name) for field in fields(node))
            if isinstance(node, get_args(Expression)):
                yield node
