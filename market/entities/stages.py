"""What the stages of a job are handed: a form to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """The submit form of one organisation: the (dataset, title) pairs it may use now."""

    organisation: str
    title: str
    datasets: tuple[tuple[str, str], ...]
