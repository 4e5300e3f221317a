"""A quote for people: its errors and cost, beside those of the other noise."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import Any

from crypto.chunk_size import chunk_bytes
from market.cli.output import Output
from market.pages.words import money
from market.plan.answers import label_text
from market.plan.plural import counted
from market.pricing.error_words import range_text, supposed_text
from market.pricing.lattice import AnyLattice, CiphertextLattice
from market.pricing.loss import rho_text, shown_epsilon
from market.records.union import Values


def render_quote(output: Output, document: dict[str, Any], lattice: AnyLattice) -> None:
    """The quote for people."""
    priced, other = document["quote"], document["other_noise"]
    columns = (
        "statistic",
        ">rho",
        "level",
        ">± expected",
        ">± range",
        f">± {other['law']}",
        "unit",
    )
    output.table(columns, _rows(priced, other["quote"]))
    output.line("")
    output.fields(
        [
            ("dataset", ", ".join(document["datasets"])),
            *_union(document["values"], lattice),
            ("noise law", priced["law"]),
            ("privacy", f"epsilon {shown_epsilon(priced['epsilon'])} with delta {priced['delta']}"),
            ("costs the people", f"rho {rho_text(priced['rho_units'])}{_surcharge(priced)}"),
            (f"{other['law']} instead", _instead(other)),
            ("price", money(document["price_cents"], document["currency"])),
            ("opens", counted(len(priced["outputs"]), "noised sum")),
            ("work", _work(priced["work"], lattice)),
            ("plan", document["plan_hash"]),
            *([("submit", "with --verified")] if document["needs_verified"] else []),
        ]
    )
    if supposed := supposed_text(priced):
        output.line("")
        output.line(supposed)
    if reached := document.get("reached"):
        _render_reached(output, reached)


def _render_reached(output: Output, reached: dict[str, Any]) -> None:
    output.line("")
    output.line(
        f"Epsilon {reached['epsilon']} is the least at which the expected errors meet "
        f"{', '.join(reached['errors'])}, with these shares:"
    )
    output.text(json.dumps(reached["shares"]))
    if reached["saved"]:
        output.line(f"They stand in {reached['saved']}: commit it, then submit with this epsilon.")
    else:
        output.line(
            "--save writes them beside the program, to shares.json; or write .weighted(n) in it. "
            "Then commit, and submit with this epsilon."
        )


def _rows(priced: dict[str, Any], other: dict[str, Any] | None) -> list[tuple[str, ...]]:
    """A line for each number; `other` is the same question under the other noise."""
    rows: list[tuple[str, ...]] = []
    for place, statistic in enumerate(priced["statistics"]):
        others = other["expected_errors"][place] if other else []
        for i, (cell, beside) in enumerate(zip_longest(statistic["cells"], others)):
            rows.append(
                (
                    "" if i else statistic["name"],
                    "" if i else rho_text(statistic["rho_units"]),
                    label_text(cell["labels"]),
                    cell["expected_error"] or "—",
                    range_text(cell),
                    beside or "—",
                    statistic["unit"],
                )
            )
    return rows


def _instead(other: dict[str, Any]) -> str:
    priced, refusal = other["quote"], other["refusal"]
    if priced is None:
        return f"refused: {refusal}"
    shown = (
        f"epsilon {shown_epsilon(priced['epsilon'])} with delta {priced['delta']}, "
        f"rho {rho_text(priced['rho_units'])}"
    )
    return f"{shown} ({refusal})" if refusal else shown


def _union(values: Values | None, lattice: AnyLattice) -> list[tuple[str, str]]:
    """What opens of several owners' data, and whose collusion its people are protected against."""
    if values is None:
        return []
    opens = "the sums over all, and no owner's own" if values == "masked" else "every owner's, too"
    noise = f"whole by each owner, so any {lattice.tables - 1} of {lattice.tables} may collude"
    return [("values", f"{values}: {opens}"), ("noise", f"{noise}; errors are of all of it")]


def _surcharge(priced: dict[str, Any]) -> str:
    units = priced["surcharge_rho_units"]
    return f", of it {rho_text(units)} for every run" if units else ""


def _work(work: dict[str, Any], lattice: AnyLattice) -> str:
    size = ""
    if isinstance(lattice, CiphertextLattice):
        megabytes = chunk_bytes(work["count"], "seed-only", lattice.parameters) / 1e6
        size = f" ({megabytes:.1f} MB)"
    return f"{work['count']} {work['what']}{size}, {work['products']} products"
