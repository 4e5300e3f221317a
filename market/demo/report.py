"""What the story ends with: every opened value beside the truth, and where to click."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from crypto.parameters import AGG
from market import wire
from market.adapters.private_files import write_private
from market.demo.table import rand_table
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


@dataclass(frozen=True, slots=True)
class Report:
    """The whole story in numbers; `build/demo/report.json` holds the same."""

    job: str
    epsilon: str
    delta: str
    rho: float
    lines: tuple[Line, ...]
    seconds: Mapping[str, float]
    agent_is_apart: str
    addresses: Mapping[str, str]
    users: Mapping[str, str]

    def write(self, path: Path) -> None:
        """For whoever started the demo alone: it holds true values, and the users' passwords."""
        write_private(path, (json.dumps(asdict(self), indent=2) + "\n").encode())


def compare(
    plan_text: str, schema: Schema, quote: Mapping[str, Any], opened: list[dict[str, Any]]
) -> tuple[Line, ...]:
    """The opened answers beside those computed in plaintext from the same table.

    Args:
        quote: the job's quote (market.pricing.quote.Quote as JSON).
        opened: the answers `market result open` wrote.
    """
    plan = wire.decode(Plan, plan_text.encode())
    truth = _truth(plan, schema, rand_table())
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


def text_of(report: Report) -> str:
    """The report as a table for the terminal."""
    heading = f"{'statistic':<28}{'opened':>14}{'true':>14}{'± promised':>12}{'rho':>10}"
    rows = [heading, "-" * len(heading)]
    for line in report.lines:
        name = f"{line.statistic} {line.cell}".strip()
        rows.append(
            f"{name:<28}{_number(line.opened):>14}{_number(line.truth):>14}"
            f"{_number(line.promised_error_95):>12}{line.rho:>10.6f}"
        )
    rows += ["", f"The job: epsilon {report.epsilon} at delta {report.delta}, rho {report.rho:.6f}"]
    rows += ["", "Seconds of each stage:"]
    rows += [f"  {stage:<44}{seconds:8.1f}" for stage, seconds in report.seconds.items()]
    rows += ["", report.agent_is_apart, ""]
    rows += [f"{name:<10}{address}" for name, address in report.addresses.items()]
    rows += ["Users of this demo (made for it, with these passwords):"]
    rows += [f"  {user:<10}{password}" for user, password in report.users.items()]
    return "\n".join(rows)


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
