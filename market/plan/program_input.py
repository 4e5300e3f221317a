"""What a program is told: which datasets it asks and their schema, and nothing of the data."""

from __future__ import annotations

from dataclasses import dataclass

from market.plan.dataset_ids import check_dataset_ids
from market.plan.schema import Schema


@dataclass(frozen=True, slots=True)
class ProgramInput:
    """The one document of a program's run, as canonical JSON; ids in ascending order."""

    datasets: tuple[str, ...]
    schema: Schema

    def __post_init__(self) -> None:
        check_dataset_ids(self.datasets)

    @property
    def schemas(self) -> tuple[Schema, ...]:
        """Of each dataset, in order: tables that are asked together have one schema."""
        return (self.schema,) * len(self.datasets)
