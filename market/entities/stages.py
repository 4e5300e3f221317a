"""What the stages of a job are handed: a coefficient to open, a form to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlannedOutput:
    """One coefficient to open: one or two encoded columns (market.plan.moments)."""

    output: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The submit form of one organisation: the (dataset, title) pairs it may use now."""

    organisation: str
    title: str
    datasets: tuple[tuple[str, str], ...]
