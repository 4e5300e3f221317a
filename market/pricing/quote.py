"""The privacy reader: what a plan costs; how exact its answers will be is told from it.

Each family of moments gets a rung of its ladder (market.pricing.scales, market.pricing.rungs), in
proportion to its weight (market.pricing.weights), and costs what that rung does. Sensitivity is
that of moments, which a plan's constants do not enter: they scale answers and errors alike. What is
left between two rungs is not spent, and quote(quote(rho).rho_units) repeats itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from crypto.accounting import check_epsilon
from crypto.ladder import Ladder
from market.errors import Refused
from market.plan.lowered import Lowered
from market.plan.statistics import kinds_of
from market.pricing.divided import Divided, divide
from market.pricing.guarantee import (
    Guarantee,
    delta_of,
    epsilon_of,
    guarantee_of,
    rho_units_of,
)
from market.pricing.lattice import Lattice, Work
from market.pricing.loss import loss_text
from market.pricing.opening import OpenedSum, Opening, SumId
from market.pricing.quoted_output import QuotedOutput
from market.pricing.rungs import cost_units, pure_epsilon
from market.pricing.scales import check_width


@dataclass(frozen=True, slots=True)
class QuotedStatistic:
    """What one statistic costs.

    Attributes:
        kinds: its own, then those of the statistics inside it.
    """

    name: str
    kinds: tuple[str, ...]
    unit: str
    rho_units: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a question in privacy, and what it buys. `epsilon` holds with `delta`, as
    `guarantee` says; delta is 0 under Laplace noise.

    `surcharge_rho_units` is the part of `rho_units` that buys no statistic: what the engine takes
    for every run.
    """

    lowered: Lowered
    lattice: Lattice
    guarantee: Guarantee
    rho_units: int
    surcharge_rho_units: int
    epsilon: str
    delta: str
    outputs: tuple[QuotedOutput, ...]
    statistics: tuple[QuotedStatistic, ...]
    work: Work

    @property
    def opening(self) -> Opening:
        """What its release opens of each table."""
        if self.lattice.draws_anew:
            return Opening((), self.rho_units)
        return Opening(
            tuple(
                OpenedSum(SumId(each.family, each.ladder.id, each.output), each.rung)
                for each in self.outputs
            ),
            self.surcharge_rho_units,
        )


def quote(lowered: Lowered, rho_units: int, delta: str, lattice: Lattice) -> Quote:
    """Price a question at no more than `rho_units`, on the lattice of the engine that answers it.

    Raises:
        Refused: `plan-budget-too-small` when rho_units cannot be divided among its families;
            `plan-noise-too-wide`, `plan-capacity` as market.pricing.scales says; `plan-sums-only`
            when it multiplies columns and the engine opens sums alone; `plan-not-pure` when it asks
            for Laplace noise and a run tells more than its sums.
    """
    question = divide(lowered, lattice)
    rungs = question.division.within_rho(rho_units - question.surcharge_rho_units)
    if rungs is None:
        raise _too_small(question, loss_text(rho_units, delta), delta)
    return _priced(question, rungs, delta)


def quote_at(lowered: Lowered, epsilon: Fraction, delta: str, lattice: Lattice) -> Quote:
    """Price a question at no more than `epsilon`, at `delta` where its noise has one.

    Raises:
        Refused: as `quote`.
        ParameterError: epsilon or delta outside the ranges of crypto.accounting.
    """
    guarantee = guarantee_of(lowered.plan.law, lattice)
    if guarantee != "pure":
        return quote(lowered, rho_units_of(guarantee, epsilon, delta), delta, lattice)
    check_epsilon(epsilon)
    question = divide(lowered, lattice)
    rungs = question.division.within_epsilon(epsilon)
    if rungs is None:
        raise _too_small(question, f"epsilon {float(epsilon):g}", delta)
    return _priced(question, rungs, delta)


def _priced(question: Divided, rungs: Mapping[str, int], delta: str) -> Quote:
    lowered, lattice = question.lowered, question.lattice
    quoted = _outputs(question, rungs)
    rho_units = cost_units(rungs) + question.surcharge_rho_units
    is_pure = question.guarantee == "pure"
    epsilon = pure_epsilon(rungs) if is_pure else epsilon_of(question.guarantee, rho_units, delta)
    return Quote(
        lowered=lowered,
        lattice=lattice,
        guarantee=question.guarantee,
        rho_units=rho_units,
        surcharge_rho_units=question.surcharge_rho_units,
        epsilon=format(epsilon.normalize(), "f"),
        delta=delta_of(question.guarantee, delta),
        outputs=quoted,
        statistics=_statistics(lowered, question.attributed(rungs)),
        work=lattice.work(lowered),
    )


def _outputs(question: Divided, rungs: Mapping[str, int]) -> tuple[QuotedOutput, ...]:
    places, lattice = dict[str, tuple[str, Ladder, int, int]](), question.lattice
    for family in question.lowered.families:
        ladder, rung = question.division.ladders[family.id], rungs[family.id]
        bound = lattice.bound(family.degree, family.weight)
        check_width(family, ladder, rung, lattice)
        places |= dict.fromkeys(family.outputs, (family.id, ladder, rung, bound))
    return tuple(QuotedOutput(output, *places[output.id]) for output in question.lowered.outputs)


def _too_small(question: Divided, offered: str, delta: str) -> Refused:
    least = cost_units(question.division.lowest()) + question.surcharge_rho_units
    return Refused(
        "plan-budget-too-small",
        f"The plan needs at least {loss_text(least, delta)}, offered is {offered}.",
        "Ask for a larger epsilon, or for fewer statistics.",
    )


def _statistics(lowered: Lowered, rho: Sequence[int]) -> tuple[QuotedStatistic, ...]:
    return tuple(
        QuotedStatistic(
            one.named.name,
            kinds_of(one.named.statistic),
            one.named.statistic.unit(lowered.schema),
            units,
        )
        for one, units in zip(lowered.statistics, rho, strict=True)
    )
