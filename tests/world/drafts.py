"""Drafts as owners type them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from market.entities.draft import Draft, DraftColumn, DraftContent
from market.policy.listing.policy_templates import template_of

VISITS = template_of("open").given_to(
    DraftContent(
        dataset="visits",
        title="Doctor visits",
        summary="A survey.\nOf two regions.",
        provenance="Made up.",
        licence="CC0",
        terms="None.",
        capacity_rows="4000",
        unit_meaning="one respondent",
        columns=(
            DraftColumn("visits", "", "numeric", "Visits in a year", "0", "10", "visits"),
            DraftColumn("insured", "", "boolean", "Has private insurance"),
        ),
    )
)
"""Whole, and of the table that world.declarations has."""


def a_draft(content: DraftContent = VISITS, **changes: Any) -> Draft:
    return replace(Draft(7, "clinics", content, 1, "olga", 1, "olga", 1), **changes)


def form_of(content: DraftContent) -> dict[str, Any]:
    """The fields of a draft's form: those of columns, and the kinds sold, are lists if several."""
    plain = [field.name for field in fields(DraftContent) if field.name != "columns"]
    form: dict[str, Any] = {name: getattr(content, name) for name in plain}
    form["statistics"] = list(content.statistics)
    if not content.statistics:
        del form["statistics"]
    for field in fields(DraftColumn):
        values = [getattr(column, field.name) for column in content.columns]
        form[f"column_{field.name}"] = values[0] if len(values) == 1 else values
    return form
