"""The lowering: a plan on a schema is a set of moments, each opened once and shared.

A statistic is a few linear combinations of moments; everything after them (ratios, roots) is
post-processing at the buyer. Some combinations are opened as one (market.plan.combined). A question
is lowered once, and what comes of it is handed on to all who read it: price, policy, the person who
signs, the agent, the answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import get_args

from market.errors import Refused
from market.plan.combined import FromOpened, opened_of
from market.plan.expression import Expression
from market.plan.factors import Indicator, Moment
from market.plan.moments import MAXIMUM_OUTPUTS, Family, Opened, Output, families
from market.plan.plan import NamedStatistic, NoiseLaw, Plan
from market.plan.polynomial import steps_bounded
from market.plan.schema import Schema
from market.plan.statistics import kinds_of
from market.plan.statistics.contract import ALL_ROWS, Part

MAXIMUM_NODES = 20_000
MAXIMUM_STEPS = 1 << 20
"""Terms that may be written out on the way: a few seconds, for the owner's agent too."""


@dataclass(frozen=True, slots=True)
class LoweredStatistic:
    """A statistic of the plan, and the sums it is finished from.

    Attributes:
        sums: of every part, each sum by what is opened for it.
    """

    named: NamedStatistic
    parts: tuple[Part, ...]
    sums: tuple[tuple[FromOpened, ...], ...]

    @property
    def opened(self) -> tuple[Opened, ...]:
        """What must be opened for it, each once."""
        return tuple(dict.fromkeys(one for part in self.sums for sum_ in part for _, one in sum_))

    @property
    def moments(self) -> tuple[Moment, ...]:
        """What must be computed for it, each once."""
        return _moments_of(self.opened)

    @property
    def families(self) -> tuple[str, ...]:
        """The names of the families it needs, each once."""
        return tuple(dict.fromkeys(one.family for one in self.opened))


@dataclass(frozen=True, slots=True)
class Lowered:
    """A plan on its schema, lowered.

    Attributes:
        statistics: in the plan's order.
        opened: all that is opened, in the order the statistics first need it.
        outputs: the same as coefficients of the ciphertext, one for each.
        families: the same, partitioned by what one row can touch.
    """

    plan: Plan
    schema: Schema
    statistics: tuple[LoweredStatistic, ...]
    opened: tuple[Opened, ...]
    outputs: tuple[Output, ...]
    families: tuple[Family, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the owner's policy must sell: kinds of the statistics, those inside groups too."""
        named = self.plan.statistics
        return tuple(dict.fromkeys(kind for one in named for kind in kinds_of(one.statistic)))

    @property
    def moments(self) -> tuple[Moment, ...]:
        """All that is computed, each once, opened by itself or as one with others."""
        return _moments_of(self.opened)

    @property
    def has_products(self) -> bool:
        """Whether an output multiplies two columns of the table."""
        return any(output.degree > 1 for output in self.outputs)


def with_shares(lowered: Lowered, shares: Sequence[int]) -> Lowered:
    """The same question with other shares, in the order of its statistics: all else stands."""
    statistics = tuple(
        replace(one, named=replace(one.named, share=share))
        for one, share in zip(lowered.statistics, shares, strict=True)
    )
    plan = replace(lowered.plan, statistics=tuple(one.named for one in statistics))
    return replace(lowered, plan=plan, statistics=statistics)


def with_law(lowered: Lowered, law: NoiseLaw) -> Lowered:
    """The same question under another noise, which may open other sums for it."""
    parts = [one.parts for one in lowered.statistics]
    return _opening(replace(lowered.plan, law=law), lowered.schema, parts)


def lower(plan: Plan, schema: Schema) -> Lowered:
    """Everything that follows from a plan and a schema, before any price or policy.

    Raises:
        Refused: `plan-...` when the schema or the engine cannot answer it, when it is too large,
            (`plan-opens-nothing`) when every answer is known without data, or (`plan-only-summed`)
            when it multiplies a column that is only summed.
    """
    _check_size(plan)
    with steps_bounded(MAXIMUM_STEPS):
        parts = [named.statistic.over(ALL_ROWS, schema) for named in plan.statistics]
    moments = tuple(
        dict.fromkeys(moment for some in parts for part in some for moment in part.moments)
    )
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
    _check_multiplied(moments, schema)
    return _opening(plan, schema, parts)


def _opening(plan: Plan, schema: Schema, parts: Sequence[tuple[Part, ...]]) -> Lowered:
    """The plan, what is opened for its parts chosen by its law."""
    sums = opened_of(
        [[one for part in some for one in part.sums] for some in parts], plan.law, schema
    )
    statistics = tuple(
        LoweredStatistic(named, some, _by_part(some, iter(whole)))
        for named, some, whole in zip(plan.statistics, parts, sums, strict=True)
    )
    opened = tuple(dict.fromkeys(one for statistic in statistics for one in statistic.opened))
    outputs = tuple(one.output for one in opened)
    return Lowered(plan, schema, statistics, opened, outputs, families(opened, schema))


def _moments_of(opened: Sequence[Opened]) -> tuple[Moment, ...]:
    return tuple(dict.fromkeys(moment for one in opened for _, moment in one.terms))


def _by_part(
    parts: Sequence[Part], sums: Iterator[FromOpened]
) -> tuple[tuple[FromOpened, ...], ...]:
    return tuple(tuple(next(sums) for _ in part.sums) for part in parts)


def _check_size(plan: Plan) -> None:
    nodes = sum(1 for _ in _expressions(plan.statistics))
    if nodes > MAXIMUM_NODES:
        raise Refused(
            "plan-too-large",
            f"The plan has {nodes} nodes, expected at most {MAXIMUM_NODES}.",
            "Ask for fewer or simpler statistics, in several jobs.",
        )


def _check_multiplied(moments: tuple[Moment, ...], schema: Schema) -> None:
    """A column that is only summed has no ciphertexts to multiply."""
    for moment in moments:
        for factor in moment if len(moment) > 1 else ():
            if isinstance(factor, Indicator) and schema.is_only_summed(factor):
                raise Refused(
                    "plan-only-summed",
                    f"The plan multiplies the levels of {factor.column} with another column, but "
                    "they are kept as sums only.",
                    f"Ask for the histogram or the level shares of {factor.column}; it can be "
                    "neither a group nor a filter.",
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
            if isinstance(node, _EXPRESSIONS):
                yield node


_EXPRESSIONS: tuple[type[Expression], ...] = get_args(Expression)
