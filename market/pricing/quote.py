"""The privacy reader: what a plan costs; how exact its answers will be is told from it.

Each family of moments gets the scale its share of rho buys (market.pricing.scales), a share in
proportion to its weight (market.pricing.weights). Sensitivity is that of moments, which a plan's
constants do not enter: they scale answers and errors alike. All that is offered is spent, so
quote(quote(rho).rho_units) repeats itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from market.errors import Refused
from market.plan.lowered import Lowered
from market.plan.moments import Output
from market.plan.plan import NoiseLaw
from market.plan.statistics import kinds_of
from market.plan.uncertain import Uncertain, measured
from market.pricing.guarantee import Guarantee, delta_of, epsilon_of, guarantee_of
from market.pricing.lattice import Lattice, Work
from market.pricing.loss import loss_text
from market.pricing.scales import Purse, Scale, family_scale
from market.pricing.weights import Claim, attributed, family_weights


@dataclass(frozen=True, slots=True)
class QuotedOutput:
    """One sum to open: its noise law, the scale^2 that is paid for, and the engine's own error
    bound, in lattice units."""

    opened: Output
    law: NoiseLaw
    scale_squared: int
    bound: int

    @property
    def output(self) -> str:
        """The output's id."""
        return self.opened.id

    @property
    def columns(self) -> tuple[str, ...]:
        return self.opened.columns

    @property
    def degree(self) -> int:
        return self.opened.degree

    def noised(self, value: float, lattice: Lattice) -> Uncertain:
        """A value of the moment in encoded value units, with the error its noise gives it."""
        variance = lattice.variance(self.law, self.scale_squared)
        sd = math.sqrt(variance) / lattice.unit(self.degree, self.opened.weight)
        return measured(value, sd=sd, source=self.output)

    def moment(self, opened: int, lattice: Lattice) -> Uncertain:
        """The moment behind an opened lattice integer, in encoded value units."""
        # int / int is correctly rounded, however long the integers.
        return self.noised(opened / lattice.unit(self.degree, self.opened.weight), lattice)


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


def quote(lowered: Lowered, rho_units: int, delta: str, lattice: Lattice) -> Quote:
    """Price a question at no more than `rho_units`, on the lattice of the engine that answers it.

    Raises:
        Refused: `plan-budget-too-small` when rho_units cannot be divided among its families;
            `plan-noise-too-wide`, `plan-capacity` as `family_scale` says; `plan-sums-only` when it
            multiplies columns and the engine opens sums alone; `plan-not-pure` when it asks for
            Laplace noise and a run tells more than its sums.
    """
    _check_degree(lowered, lattice)
    law = lowered.plan.law
    claims = tuple(Claim(one.named.share, one.families) for one in lowered.statistics)
    weights = family_weights(claims)
    total = sum(weights.values())
    surcharge = lattice.surcharge_rho_units(law, len(lowered.outputs))
    guarantee = guarantee_of(law, lattice)
    if guarantee == "pure" and surcharge:
        raise _not_pure()
    purse = Purse(law, rho_units - surcharge)
    if purse.rho_units < total:
        raise Refused(
            "plan-budget-too-small",
            f"The plan needs at least {loss_text(total + surcharge, delta)}, "
            f"offered is {loss_text(rho_units, delta)}.",
            "Ask for a larger epsilon, or for fewer statistics.",
        )
    quoted = _outputs(lowered, purse, weights, lattice)
    rho_of_statistics = attributed(claims, weights, purse.rho_units)
    return Quote(
        lowered=lowered,
        lattice=lattice,
        guarantee=guarantee,
        rho_units=rho_units,
        surcharge_rho_units=surcharge,
        epsilon=format(epsilon_of(guarantee, rho_units, delta).normalize(), "f"),
        delta=delta_of(guarantee, delta),
        outputs=quoted,
        statistics=_statistics(lowered, rho_of_statistics),
        work=lattice.work(lowered),
    )


def _outputs(
    lowered: Lowered, purse: Purse, weights: Mapping[str, int], lattice: Lattice
) -> tuple[QuotedOutput, ...]:
    total, scales = sum(weights.values()), dict[str, Scale]()
    for family in lowered.families:
        part = Fraction(weights[family.id], total)
        scale = family_scale(purse, part, family, lowered.schema, lattice)
        scales |= dict.fromkeys(family.outputs, scale)
    return tuple(
        QuotedOutput(output, purse.law, scales[output.id].squared, scales[output.id].bound)
        for output in lowered.outputs
    )


def _check_degree(lowered: Lowered, lattice: Lattice) -> None:
    if any(output.degree > lattice.degree for output in lowered.outputs):
        raise Refused(
            "plan-sums-only",
            "The plan multiplies encrypted columns; the table is encrypted for sums alone.",
            "Use the declared product columns, or ask the owner for a table that is encrypted for "
            "products.",
        )


def _not_pure() -> Refused:
    return Refused(
        "plan-not-pure",
        "The plan asks for Laplace noise, but a run of a join tells more than its sums, for which "
        "rho is charged: no pure epsilon would hold for it.",
        "Leave LAW out of the program: Gaussian noise.",
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
