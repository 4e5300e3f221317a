"""A messy table of an owner's, and what they type about it at their desk."""

from __future__ import annotations

from pathlib import Path
from typing import Final

TABLE: Final = "Patient No.;Age;SEX;Days in hospital;Paid (EUR);Note\n" + "".join(
    f"p{i};{'' if i % 29 == 0 else 20 + i % 60};{'F' if i % 2 else 'm'};{i % 14};"
    f"{'-200' if i % 17 == 0 else 100 * (i % 9)};free text, {i}\n"
    for i in range(400)
)
LINES: Final = (
    {"name": "patient_no", "meaning": ""},
    {"name": "age", "kind": "numeric", "low": "0", "high": "100", "unit": "years",
     "bins": "10", "meaning": "Age at admission"},
    {"name": "sex", "kind": "categorical", "levels": "F, m", "meaning": "Sex as registered"},
    {"name": "days_in_hospital", "kind": "numeric", "low": "0", "high": "30", "unit": "days",
     "meaning": "Length of the stay"},
    {"name": "paid_eur", "kind": "numeric", "low": "0", "high": "1000", "unit": "EUR",
     "missing": "-200", "meaning": "What the insurer paid"},
    {"name": "note"},
)  # fmt: skip
TAKEN: Final = ("0", "1", "2", "3", "4")
ABOUT: Final = {
    "title": "Hospital stays",
    "summary": "Stays in one hospital, a row each.",
    "provenance": "The hospital's own records.",
    "licence": "CC BY 4.0",
    "terms": "Results may be published.",
    "capacity_rows": "1000",
    "unit_column": "patient_no",
    "unit_meaning": "a patient",
    "unit_max_rows": "1",
    "price": "12.50",
}


def written(folder: Path) -> Path:
    """The table as a file."""
    path = folder / "Stays 2024.csv"
    path.write_text(TABLE)
    return path
