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
from crypto.parameters import AGG, Parameters
from market.errors import Refused
from market.plan.answers import Answer, answers, noise_sd
from market.plan.decimals import fraction_of
from market.plan.factors import family_id
from market.plan.moments import (
    Output,
    families,
    plan_outputs,
    statistic_moments,
)
from market.plan.plan import NoiseLaw, Plan
from market.plan.schema import Schema
from market.plan.uncertain import measured
from market.pricing.loss import loss_text, rho_text, shown_epsilon
from market.pricing.reference import expected_moment
from market.pricing.scales import family_scale
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


@dataclass(frozen=True, slots=True)
class QuotedCell:
    """Half-widths of the expected 95 % interval, with the capacity full and half full."""

    label: str
    error_at_capacity: str | None
    error_at_half: str | None


@dataclass(frozen=True, slots=True)
class QuotedStatistic:
    name: str
    kind: str
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
    """The price of a plan in privacy, and what it buys. `epsilon` holds with `delta`."""

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


def quote(
    plan: Plan, schema: Schema, rho_units: int, delta: str, parameters: Parameters = AGG
) -> Quote:
    """Price a plan at no more than `rho_units`.

    Raises:
        Refused: `plan-...` when the plan does not fit the schema or the engine;
            `plan-budget-too-small` when rho_units cannot be divided among its families;
            `plan-noise-too-wide`, `plan-capacity` as `family_scale` says.
    """
    outputs = plan_outputs(plan, schema)
    moments = statistic_moments(plan, schema)
    claims = tuple(
        Claim(named.share, tuple(dict.fromkeys(map(family_id, needed))))
        for named, needed in zip(plan.statistics, moments, strict=True)
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
            plan.law, family, schema, unit * weights[family.id], ciphertexts, parameters
        )
        for family in families(outputs)
        for output in family.outputs
    }
    quoted = tuple(
        QuotedOutput(output, plan.law, scale.squared, scale.bound)
        for output, scale in ((output, scales[output.id]) for output in outputs)
    )
    total = unit * sum(weights.values())
    return Quote(
        rho_units=total,
        epsilon=format(epsilon_for_rho(total, fraction_of(delta)).normalize(), "f"),
        delta=delta,
        outputs=quoted,
        statistics=_statistics(plan, schema, quoted, attributed(claims, weights, unit), parameters),
        work=_work(outputs, ciphertexts),
    )


def cost_line(priced: Quote) -> str:
    """The cost, to stand below what will be opened (market.plan.human)."""
    epsilon = f"epsilon {shown_epsilon(priced.epsilon)} at delta {priced.delta}"
    return f"Cost: rho {rho_text(priced.rho_units)}, together {epsilon}"


def ciphertexts_per_column(schema: Schema, parameters: Parameters = AGG) -> int:
    """How many ciphertexts hold one encoded column of the declared capacity."""
    return -(-schema.capacity_rows // parameters.slots)


def _statistics(
    plan: Plan,
    schema: Schema,
    outputs: tuple[QuotedOutput, ...],
    rho: Sequence[int],
    parameters: Parameters,
) -> tuple[QuotedStatistic, ...]:
    full = _expected(plan, schema, outputs, Fraction(schema.capacity_rows), parameters)
    half = _expected(plan, schema, outputs, Fraction(schema.capacity_rows, 2), parameters)
    return tuple(
        QuotedStatistic(
            at_capacity.name,
            at_capacity.kind,
            at_capacity.unit,
            units,
            tuple(
                QuotedCell(one.label, _digits(one.error_95), _digits(other.error_95))
                for one, other in zip(at_capacity.cells, at_half.cells, strict=True)
            ),
        )
        for at_capacity, at_half, units in zip(full, half, rho, strict=True)
    )


def _expected(
    plan: Plan,
    schema: Schema,
    outputs: tuple[QuotedOutput, ...],
    rows: Fraction,
    parameters: Parameters,
) -> tuple[Answer, ...]:
    return answers(
        plan,
        schema,
        {
            output.output: measured(
                float(rows) * expected_moment(output.opened.moment, schema),
                sd=noise_sd(output.law, output.scale_squared) / parameters.unit(output.degree),
                source=output.output,
            )
            for output in outputs
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
        "kind": statistic.kind,
        "name": statistic.name,
        "rho_units": statistic.rho_units,
        "unit": statistic.unit,
    }
