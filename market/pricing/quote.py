"""The privacy reader: what a plan costs, and how exact its answers will be.

Each family of moments gets the scale its share of rho buys (market.pricing.scales). Sensitivity is
that of moments, which a plan's constants do not enter: they scale answers and errors alike.

A family's share is the same whole number of units for each unit of the family's weight
(market.pricing.weights), so quote(quote(rho).rho_units) repeats itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from crypto.accounting import epsilon_for_rho
from crypto.canonical import Json
from crypto.parameters import Parameters
from market.errors import Refused
from market.plan.answers import Answer, answers
from market.plan.decimals import fraction_of
from market.plan.factors import family_id
from market.plan.lowered import Lowered
from market.plan.moments import Output
from market.plan.plan import NoiseLaw
from market.plan.schema import Schema
from market.plan.statistics import kinds_of
from market.plan.uncertain import Uncertain, measured
from market.pricing.loss import loss_text, rho_text, shown_epsilon
from market.pricing.reference import expected_moment
from market.pricing.scales import family_scale, noise_sd
from market.pricing.weights import Claim, attributed, family_weights


@dataclass(frozen=True, slots=True)
class QuotedOutput:
    """One coefficient to open: its noise law, scale^2 and error bound, in lattice units."""

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

    def noised(self, value: float, parameters: Parameters) -> Uncertain:
        """A value of the moment in encoded value units, with the error its noise gives it."""
        sd = noise_sd(self.law, self.scale_squared) / parameters.unit(self.degree)
        return measured(value, sd=sd, source=self.output)

    def moment(self, lattice: int, parameters: Parameters) -> Uncertain:
        """The moment behind an opened lattice integer, in encoded value units."""
        # int / int is correctly rounded, however long the integers.
        return self.noised(lattice / parameters.unit(self.degree), parameters)


@dataclass(frozen=True, slots=True)
class QuotedCell:
    """Half-widths of the expected 95 % interval, with the capacity full and half full."""

    label: str
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
class Work:
    """Ciphertexts read, and products of two ciphertexts."""

    ciphertexts: int
    products: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a question in privacy, and what it buys. `epsilon` holds with `delta`."""

    lowered: Lowered
    rho_units: int
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
            "outputs": [_output_json(output) for output in self.outputs],
            "rho_units": self.rho_units,
            "statistics": [_statistic_json(statistic) for statistic in self.statistics],
            "work": {"ciphertexts": self.work.ciphertexts, "products": self.work.products},
        }


def quote(lowered: Lowered, rho_units: int, delta: str, parameters: Parameters) -> Quote:
    """Price a question at no more than `rho_units`, under the parameters of the dataset's manifest.

    Raises:
        Refused: `plan-budget-too-small` when rho_units cannot be divided among its families;
            `plan-noise-too-wide`, `plan-capacity` as `family_scale` says.
    """
    law, schema = lowered.plan.law, lowered.schema
    claims = tuple(
        Claim(one.named.share, tuple(dict.fromkeys(map(family_id, one.moments))))
        for one in lowered.statistics
    )
    weights = family_weights(claims)
    unit = rho_units // sum(weights.values())
    if unit < 1:
        raise Refused(
            "plan-budget-too-small",
            f"The plan needs at least {loss_text(sum(weights.values()), delta)}, "
            f"offered is {loss_text(rho_units, delta)}.",
            "Ask for a larger epsilon, or for fewer statistics.",
        )
    ciphertexts = ciphertexts_per_column(schema, parameters)
    scales = {
        output: family_scale(
            law, family, schema, unit * weights[family.id], ciphertexts, parameters
        )
        for family in lowered.families
        for output in family.outputs
    }
    quoted = tuple(
        QuotedOutput(output, law, scales[output.id].squared, scales[output.id].bound)
        for output in lowered.outputs
    )
    total = unit * sum(weights.values())
    return Quote(
        lowered=lowered,
        rho_units=total,
        epsilon=format(epsilon_for_rho(total, fraction_of(delta)).normalize(), "f"),
        delta=delta,
        outputs=quoted,
        statistics=_statistics(lowered, quoted, attributed(claims, weights, unit), parameters),
        work=_work(lowered.outputs, ciphertexts),
    )


def cost_line(priced: Quote) -> str:
    """The cost, to stand below what will be opened (market.plan.human)."""
    epsilon = f"epsilon {shown_epsilon(priced.epsilon)} at delta {priced.delta}"
    return f"Cost: rho {rho_text(priced.rho_units)}, together {epsilon}"


def ciphertexts_per_column(schema: Schema, parameters: Parameters) -> int:
    """How many ciphertexts hold one encoded column of the declared capacity."""
    return -(-schema.capacity_rows // parameters.slots)


def _statistics(
    lowered: Lowered,
    outputs: tuple[QuotedOutput, ...],
    rho: Sequence[int],
    parameters: Parameters,
) -> tuple[QuotedStatistic, ...]:
    capacity = lowered.schema.capacity_rows
    full = _expected(lowered, outputs, Fraction(capacity), parameters)
    half = _expected(lowered, outputs, Fraction(capacity, 2), parameters)
    return tuple(
        QuotedStatistic(
            one.named.name,
            kinds_of(one.named.statistic),
            one.named.statistic.is_of_spread,
            at_capacity.unit,
            units,
            tuple(
                QuotedCell(cell.label, _digits(cell.error_95), _digits(other.error_95))
                for cell, other in zip(at_capacity.cells, at_half.cells, strict=True)
            ),
        )
        for one, at_capacity, at_half, units in zip(
            lowered.statistics, full, half, rho, strict=True
        )
    )


def _expected(
    lowered: Lowered, outputs: tuple[QuotedOutput, ...], rows: Fraction, parameters: Parameters
) -> tuple[Answer, ...]:
    moments = (float(rows) * expected_moment(one, lowered.schema) for one in lowered.moments)
    return answers(
        lowered,
        {
            output.output: output.noised(value, parameters)
            for output, value in zip(outputs, moments, strict=True)
        },
    )


def _work(outputs: tuple[Output, ...], ciphertexts: int) -> Work:
    columns = {column for output in outputs for column in output.columns}
    products = sum(1 for output in outputs if output.degree > 1)
    return Work(ciphertexts * len(columns), ciphertexts * products)


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
                "label": cell.label,
            }
            for cell in statistic.cells
        ],
        "is_of_spread": statistic.is_of_spread,
        "kinds": list(statistic.kinds),
        "name": statistic.name,
        "rho_units": statistic.rho_units,
        "unit": statistic.unit,
    }
