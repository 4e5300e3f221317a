"""Opened values beside the truth, computed in plaintext from the same table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crypto.parameters import AGG
from market import wire
from market.plan.plan import Plan
from market.plan.schema import Schema
from market.tables.plaintext import plaintext_answers


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the result. `promised_error_95` is what the quote said at capacity;
    `error_95` what the client derived from the opened sums."""

    statistic: str
    cell: str
    opened: float | None
    truth: float | None
    promised_error_95: float | None
    error_95: float | None
    rho: float


def compare(
    plan_text: str,
    schema: Schema,
    table: pd.DataFrame,
    quote: Mapping[str, Any],
    opened: list[dict[str, Any]],
) -> tuple[Line, ...]:
    """The opened answers beside those computed in plaintext.

    Args:
        table: the very rows that were asked.
        quote: the job's quote (market.pricing.quote.Quote as JSON).
        opened: the answers `market result open` wrote.
    """
    plan = wire.decode(Plan, plan_text.encode())
    truth = _truth(plan, schema, table)
    quoted = {statistic["name"]: statistic for statistic in quote["statistics"]}
    lines = []
    for answer in opened:
        price = quoted[answer["name"]]
        promised = {cell["label"]: cell["error_at_capacity"] for cell in price["cells"]}
        for cell in answer["cells"]:
            error = promised[cell["label"]]
            lines.append(
                Line(
                    statistic=answer["name"],
                    cell=cell["label"],
                    opened=cell["value"],
                    truth=truth[answer["name"], cell["label"]],
                    promised_error_95=None if error is None else float(error),
                    error_95=cell["error_95"],
                    rho=price["rho_units"] / 1e12,
                )
            )
    return tuple(lines)


def table_of(lines: tuple[Line, ...]) -> list[str]:
    """The lines as a table for the terminal."""
    heading = f"{'statistic':<28}{'opened':>14}{'true':>14}{'± promised':>12}{'rho':>10}"
    rows = [heading, "-" * len(heading)]
    for line in lines:
        name = f"{line.statistic} {line.cell}".strip()
        rows.append(
            f"{name:<28}{_number(line.opened):>14}{_number(line.truth):>14}"
            f"{_number(line.promised_error_95):>12}{line.rho:>10.6f}"
        )
    return rows


def _truth(plan: Plan, schema: Schema, table: pd.DataFrame) -> dict[tuple[str, str], float | None]:
    return {
        (answer.name, cell.label): cell.value
        for answer in plaintext_answers(plan, schema, table, AGG)
        for cell in answer.cells
    }


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.4f}" if abs(value) < 1_000 else f"{value:,.1f}"
