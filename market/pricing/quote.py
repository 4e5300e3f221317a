"""The privacy reader: what a plan costs, and how exact its answers will be.

Each family of moments gets the scale its share of rho buys (market.pricing.scales), a share in
proportion to its weight (market.pricing.weights). Sensitivity is that of moments, which a plan's
constants do not enter: they scale answers and errors alike. All that is offered is spent, so
quote(quote(rho).rho_units) repeats itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from crypto.canonical import Json
from market.errors import Refused
from market.plan.answers import Answer, answers, numbers_of
from market.plan.factors import family_id
from market.plan.lowered import Lowered
from market.plan.moments import Output
from market.plan.plan import NoiseLaw
from market.plan.statistics import kinds_of
from market.plan.statistics.contract import Number
from market.plan.uncertain import Uncertain, measured
from market.pricing.guarantee import Guarantee, delta_of, epsilon_of, guarantee_of
from market.pricing.lattice import Lattice, Work
from market.pricing.loss import loss_text
from market.pricing.reference import expected_moment
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
        sd = math.sqrt(variance) / lattice.unit(self.degree)
        return measured(value, sd=sd, source=self.output)

    def moment(self, opened: int, lattice: Lattice) -> Uncertain:
        """The moment behind an opened lattice integer, in encoded value units."""
        # int / int is correctly rounded, however long the integers.
        return self.noised(opened / lattice.unit(self.degree), lattice)


@dataclass(frozen=True, slots=True)
class QuotedCell:
    """Half-widths of the expected 95 % interval, with the capacity full and half full."""

    labels: tuple[str, ...]
    error_at_capacity: str | None
    error_at_half: str | None


@dataclass(frozen=True, slots=True)
class QuotedStatistic:
    """What one statistic costs and how exact it will be.

    Attributes:
        kinds: its own, then those of the statistics inside it.
        is_of_spread: whether its errors suppose how far apart the values lie.
    """

    name: str
    kinds: tuple[str, ...]
    is_of_spread: bool
    unit: str
    rho_units: int
    cells: tuple[QuotedCell, ...]


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

    def to_json(self) -> Json:
        """Canonical JSON value; integers that may pass 63 bits are decimal strings."""
        return {
            "delta": self.delta,
            "epsilon": self.epsilon,
            "guarantee": self.guarantee,
            "law": self.lowered.plan.law,
            "outputs": [_output_json(output) for output in self.outputs],
            "rho_units": self.rho_units,
            "statistics": [_statistic_json(statistic) for statistic in self.statistics],
            "surcharge_rho_units": self.surcharge_rho_units,
            "work": {
                "count": self.work.count,
                "products": self.work.products,
                "what": self.work.what,
            },
        }


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
    claims = tuple(
        Claim(one.named.share, tuple(dict.fromkeys(map(family_id, one.moments))))
        for one in lowered.statistics
    )
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
        statistics=_statistics(lowered, quoted, rho_of_statistics, lattice),
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


def _statistics(
    lowered: Lowered,
    outputs: tuple[QuotedOutput, ...],
    rho: Sequence[int],
    lattice: Lattice,
) -> tuple[QuotedStatistic, ...]:
    capacity = lowered.schema.capacity_rows
    full = _expected(lowered, outputs, Fraction(capacity), lattice)
    half = _expected(lowered, outputs, Fraction(capacity, 2), lattice)
    return tuple(
        QuotedStatistic(
            one.named.name,
            kinds_of(one.named.statistic),
            one.named.statistic.is_of_spread,
            at_capacity.unit,
            units,
            tuple(
                QuotedCell(cell.labels, _digits(cell.raw.error_95), _digits(other.raw.error_95))
                for cell, other in zip(at_capacity.cells, at_half.cells, strict=True)
            ),
        )
        for one, at_capacity, at_half, units in zip(
            lowered.statistics, full, half, rho, strict=True
        )
    )


def expected_numbers(priced: Quote) -> tuple[tuple[Number, ...], ...]:
    """The numbers of every statistic as the quote supposes them, the dataset full: `Uncertain`s,
    of which it tells the errors."""
    full = Fraction(priced.lowered.schema.capacity_rows)
    moments = _expected_moments(priced.lowered, priced.outputs, full, priced.lattice)
    return tuple(numbers_of(one, moments) for one in priced.lowered.statistics)


def _expected(
    lowered: Lowered, outputs: tuple[QuotedOutput, ...], rows: Fraction, lattice: Lattice
) -> tuple[Answer, ...]:
    return answers(lowered, _expected_moments(lowered, outputs, rows, lattice))


def _expected_moments(
    lowered: Lowered, outputs: tuple[QuotedOutput, ...], rows: Fraction, lattice: Lattice
) -> dict[str, Uncertain]:
    moments = (float(rows) * expected_moment(one, lowered.schema) for one in lowered.moments)
    return {
        output.output: output.noised(value, lattice)
        for output, value in zip(outputs, moments, strict=True)
    }


def _digits(error: float | None) -> str | None:
    """Four significant digits, without an exponent."""
    if error is None:
        return None
    return format(Decimal(f"{error:.3e}").normalize(), "f")


def _output_json(output: QuotedOutput) -> Json:
    return {
        "bound": str(output.bound),
        "columns": list(output.columns),
        "degree": output.degree,
        "law": output.law,
        "output": output.output,
        "scale_squared": str(output.scale_squared),
    }


def _statistic_json(statistic: QuotedStatistic) -> Json:
    return {
        "cells": [
            {
                "error_at_capacity": cell.error_at_capacity,
                "error_at_half": cell.error_at_half,
                "labels": list(cell.labels),
            }
            for cell in statistic.cells
        ],
        "is_of_spread": statistic.is_of_spread,
        "kinds": list(statistic.kinds),
        "name": statistic.name,
        "rho_units": statistic.rho_units,
        "unit": statistic.unit,
    }
