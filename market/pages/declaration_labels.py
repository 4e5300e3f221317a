"""The fields of a declaration as people find them, in forms and in what is said of them."""

from __future__ import annotations

from typing import Final

from market.entities.draft import DraftContent

LABELS: Final = {
    "dataset": "Id",
    "title": "Title",
    "summary": "Summary",
    "provenance": "Where it comes from",
    "licence": "Licence",
    "terms": "Terms",
    "capacity_rows": "Room for rows",
    "unit_column": "Column with their id",
    "unit_header": "Header of that column",
    "unit_missing": "Codes for nobody",
    "unit_meaning": "Whose privacy",
    "unit_max_rows": "Rows of each, at most",
    "distinct_from": "Nobody of it is in",
    "budget_epsilon": "All buyers together",
    "buyer_epsilon": "One buyer",
    "job_epsilon": "One question",
    "delta": "Delta",
    "statistics": "Kinds of questions",
    "access": "Who may ask",
    "approval": "Who answers",
    "recomputation": "Products of columns",
    "price": "Price of a question",
    "epoch": "Period",
    "total_epsilon": "All periods together",
    "encrypted_for": "Encrypted for",
    "products": "Products encrypted besides",
    "decimal_comma": "Decimal comma in the file",
    "separator": "Separator of the file",
    "sold_alone": "By itself",
    "unions": "Asked together",
    "columns": "Columns",
    "policy": "Policy",
    "name": "name",
    "header": "header",
    "kind": "type",
    "meaning": "meaning",
    "low": "from",
    "high": "to",
    "unit": "unit",
    "levels": "levels",
    "missing": "codes for nothing",
    "bins": "bins",
    "null": "where none",
    "reference": "reference",
    "only_summed": "only counted",
    "written": "written as",
}


def label_of(field: str, content: DraftContent) -> str:
    """A field as a person finds it; of a column's fields `age: from`."""
    first, *rest = field.split(".")
    if not rest:
        return LABELS[first]
    place = int(rest[0])
    name = content.columns[place].name.strip()[:40] or f"Column {place + 1}"
    return f"{name}: {LABELS[rest[1]]}" if rest[1:] else name
