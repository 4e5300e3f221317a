"""Opened values beside the truth, computed in plaintext from the same table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crypto.parameters import PRODUCTS
from market import wire
from market.plan.answers import label_text
from market.plan.plan import Plan
from market.plan.schema import Schema
from market.tables.plaintext import plaintext_answers


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the result. The least and most error are those of the quote, None where it
    stated no bound; `error_95` is what the client derived from the opened sums."""

    statistic: str
    cell: str
    opened: float | None
    truth: float | None
    least_error_95: float | None
    most_error_95: float | None
    error_95: float | None
    rho: float

    @property
    def is_within(self) -> bool | None:
        """Whether the truth lies within the error, which it does 19 times of 20."""
        if self.opened is None or self.truth is None or self.error_95 is None:
            return None
        return abs(self.opened - self.truth) <= self.error_95

    @property
    def promised(self) -> str:
        """The errors that the quote stated."""
        ends = (number(self.least_error_95), number(self.most_error_95))
        return " to ".join(dict.fromkeys(ends))


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
        promised = {tuple(cell["labels"]): cell for cell in price["cells"]}
        for cell in answer["cells"]:
            least, most = _promised(promised[tuple(cell["labels"])])
            lines.append(
                Line(
                    statistic=answer["name"],
                    cell=label_text(cell["labels"]),
                    opened=cell["value"],
                    truth=truth[answer["name"], tuple(cell["labels"])],
                    least_error_95=least,
                    most_error_95=most,
                    error_95=cell["error_95"],
                    rho=price["rho_units"] / 1e12,
                )
            )
    return tuple(lines)


def _promised(cell: Mapping[str, Any]) -> tuple[float | None, float | None]:
    least, most = (cell[name] and float(cell[name]) for name in ("least_error", "most_error"))
    return least, most


def _truth(
    plan: Plan, schema: Schema, table: pd.DataFrame
) -> dict[tuple[str, tuple[str, ...]], float | None]:
    return {
        (answer.name, cell.labels): cell.value
        for answer in plaintext_answers(plan, schema, table, PRODUCTS)
        for cell in answer.cells
    }


def number(value: float | None) -> str:
    """A value as a report shows it."""
    if value is None:
        return "-"
    return f"{value:,.4f}" if abs(value) < 1_000 else f"{value:,.1f}"
