"""The lowering: a plan is a set of moments, each opened once and shared by its statistics.

A moment is the sum over all rows, padding included, of one encoded column or of two multiplied.
A statistic is a few linear combinations of moments per cell; everything after them (ratios,
roots) is post-processing at the buyer. A combination that is 0 whatever the data is not opened.

A family is a set of moments of which one row touches at most one: those that differ only in the
level of the key columns. One row then changes the family's vector by at most 1 in one place,
because every encoded column lies in [-1, 1]: l1 and l2 sensitivity are the rows of one unit.

    group_by("health")["visits"].mean()  ->  families  health=   and   health=&visits
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from market.errors import Refused
from market.plan.expression import (
    Add,
    Correlation,
    Count,
    Covariance,
    Expression,
    GroupBy,
    Histogram,
    Mean,
    Multiply,
    Plan,
    Statistic,
    Sum,
    Variance,
)
from market.plan.factors import Moment, family_id, moment_id
from market.plan.polynomial import (
    ONE,
    Combination,
    Polynomial,
    categorical,
    combination,
    level_indicator,
    multiply,
    polynomial,
    without_constant,
)
from market.plan.schema import Schema

MAXIMUM_OUTPUTS = 4_096
MAXIMUM_NODES = 20_000

Formula = Literal["sum", "mean", "variance", "covariance", "correlation"]


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


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of an answer, computed from combinations of moments.

    Attributes:
        label: level of the key column, "" when the statistic has one cell.
        sums: by formula, over the rows concerned (x and y less their constants):
            sum (Σx), mean (n, Σx), variance (n, Σx, Σx²), covariance (n, Σx, Σy, Σxy),
            correlation (n, Σx, Σy, Σxy, Σx², Σy²).
        offset: what the mean adds back.
    """

    label: str
    formula: Formula
    sums: tuple[Combination, ...]
    offset: Fraction

    @property
    def is_known(self) -> bool:
        """Whether the answer is the same whatever the data: then nothing is opened for it."""
        variable = self.sums[:1] if self.formula == "sum" else self.sums[1:3]
        if self.formula in ("covariance", "correlation"):
            return not all(variable)
        return not any(variable)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The moments the cell needs."""
        needed = () if self.is_known else self.sums
        return tuple(dict.fromkeys(moment for one in needed for moment in one))


def cells(statistic: Statistic, schema: Schema) -> tuple[Cell, ...]:
    """The cells of a statistic, lowered.

    Raises:
        Refused: with a `plan-...` rule when the schema or the engine cannot answer it.
    """
    match statistic:
        case Count():
            return (_sum("", ONE, schema),)
        case Histogram(column=column):
            return tuple(
                _sum(level, level_indicator(column, level, schema), schema)
                for level in categorical(column, schema).all_levels
            )
        case GroupBy(column=column, statistic=inner):
            return tuple(
                _moments_of(inner, level, level_indicator(column, level, schema), schema)
                for level in categorical(column, schema).all_levels
            )
        case Sum() | Mean() | Variance():
            return (_moments_of(statistic, "", ONE, schema),)
        case Covariance(left=left, right=right) | Correlation(left=left, right=right):
            return (_joint(statistic.tag, left, right, schema),)


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
                moment for cell in cells(named.statistic, schema) for moment in cell.moments
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
    """What the owner's policy must allow: tags of the statistics, those inside groups too."""
    found: dict[str, None] = {}
    for named in plan.statistics:
        found[named.statistic.tag] = None
        if isinstance(named.statistic, GroupBy):
            found[named.statistic.statistic.tag] = None
    return tuple(found)


def uses_recomputation(plan: Plan, schema: Schema) -> bool:
    """Whether any output multiplies two encrypted columns."""
    return any(output.degree > 1 for output in plan_outputs(plan, schema))


def _sum(label: str, terms: Polynomial, schema: Schema) -> Cell:
    return Cell(label, "sum", (combination(terms, schema),), Fraction(0))


def _moments_of(
    statistic: Sum | Mean | Variance, label: str, rows: Polynomial, schema: Schema
) -> Cell:
    """A cell over the rows where `rows` is 1."""
    x = polynomial(statistic.of, schema)
    if isinstance(statistic, Sum):
        return _sum(label, multiply(rows, x), schema)
    centred, offset = without_constant(x)
    sums = [combination(rows, schema), combination(multiply(rows, centred), schema)]
    if isinstance(statistic, Variance):
        square = multiply(centred, centred)
        sums.append(combination(multiply(rows, square), schema))
    return Cell(label, statistic.tag, tuple(sums), offset)


def _joint(
    formula: Literal["covariance", "correlation"],
    left: Expression,
    right: Expression,
    schema: Schema,
) -> Cell:
    x, _ = without_constant(polynomial(left, schema))
    y, _ = without_constant(polynomial(right, schema))
    parts = [ONE, x, y, multiply(x, y)]
    if formula == "correlation":
        parts += [multiply(x, x), multiply(y, y)]
    return Cell("", formula, tuple(combination(part, schema) for part in parts), Fraction(0))


def _check_size(plan: Plan) -> None:
    nodes = sum(1 for named in plan.statistics for _ in _nodes(named.statistic))
    if nodes > MAXIMUM_NODES:
        raise Refused(
            "plan-too-large",
            f"The plan has {nodes} nodes, expected at most {MAXIMUM_NODES}.",
            "Ask for fewer or simpler statistics, in several jobs.",
        )


def _nodes(statistic: Statistic) -> Iterator[Expression]:
    match statistic:
        case GroupBy(statistic=inner):
            waiting = [inner.of]
        case Sum(of=of) | Mean(of=of) | Variance(of=of):
            waiting = [of]
        case Covariance(left=left, right=right) | Correlation(left=left, right=right):
            waiting = [left, right]
        case _:
            waiting = []
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Add | Multiply):
            waiting += [node.left, node.right]
