"""What an owner publishes about a dataset version, besides its ciphertext."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from market.plan.dataset_ids import DATASET_ID
from market.plan.decimals import fraction_of
from market.plan.program_input import ProgramInput
from market.plan.schema import Schema
from market.plan.statistics import KINDS
from market.plan.text import check_text
from market.records.members import check_dataset, check_edition
from market.records.union import SOLD_ALONE, Together


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules the agent enforces. rho is in units of 1e-12 zCDP; delta is a decimal string.

    `budget_rho_units` caps (lineage, epoch) over all buyers for ever; `buyer_rho_units` is what
    one buyer may take of it without a grant that says otherwise. `total_rho_units` caps a lineage
    over all its epochs together: needed where somebody may be in several.
    """

    budget_rho_units: int
    buyer_rho_units: int
    job_rho_units: int
    delta: str
    statistics: tuple[str, ...]
    access: Literal["open", "request", "invitation"]
    approval: Literal["automatic", "manual"]
    recomputation: bool
    price_cents: int
    total_rho_units: int | None = None

    def __post_init__(self) -> None:
        for name in ("budget_rho_units", "buyer_rho_units", "job_rho_units"):
            if not 0 < getattr(self, name) <= 10**15:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 1 to 10^15")
        total = self.total_rho_units
        if total is not None and not self.budget_rho_units <= total <= 10**15:
            raise ValueError(
                f"total_rho_units is {total}, expected {self.budget_rho_units} (the budget of one "
                "epoch) to 10^15"
            )
        if not 0 < fraction_of(self.delta) < 1:
            raise ValueError(f"delta is {self.delta}, expected between 0 and 1")
        if unknown := set(self.statistics) - set(KINDS):
            raise ValueError(f"statistic {min(unknown)!r} is not one of {KINDS}")
        if self.price_cents < 0:
            raise ValueError(f"price_cents is {self.price_cents}, expected 0 or more")


@dataclass(frozen=True, slots=True)
class Description:
    """What people read: title, what it is, where it comes from, on what terms."""

    title: str
    summary: str
    provenance: str
    licence: str
    terms: str

    def __post_init__(self) -> None:
        check_text("title", self.title)
        for name in ("summary", "provenance", "licence", "terms"):
            check_text(name, getattr(self, name), lines=True)


@dataclass(frozen=True, slots=True)
class Population:
    """Who is not in a table, by its owner's word.

    Tables of one owner share the budget of their people, since anybody may be in all of them.
    `distinct_from` names datasets of the same owner of which nobody is in this one.
    """

    distinct_from: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if list(self.distinct_from) != sorted(set(self.distinct_from)):
            raise ValueError("distinct_from: distinct dataset ids in order expected")
        for dataset in self.distinct_from:
            if not DATASET_ID.fullmatch(dataset):
                raise ValueError(f"distinct_from holds {dataset!r}, expected dataset ids")


@dataclass(frozen=True, slots=True)
class Listing:
    """The owner's word on one dataset version.

    `edition` counts what they have said of it, from 1: the highest counts
    (market.policy.listing.editions).
    """

    TAG: ClassVar[str] = "market/listing/6"

    dataset: str
    version: int
    description: Description
    schema: Schema
    policy: Policy
    manifest_hash: str
    population: Population = Population()
    together: Together = SOLD_ALONE
    edition: int = 1

    def __post_init__(self) -> None:
        check_dataset(self.dataset, self.version)
        check_edition(self.edition)
        if self.dataset in self.population.distinct_from:
            raise ValueError(f"distinct_from names {self.dataset} itself")
        if any(self.dataset in union.names for union in self.together.unions):
            raise ValueError(f"together names {self.dataset} itself")

    @property
    def program_input(self) -> ProgramInput:
        """What a program is told that asks this dataset alone."""
        return ProgramInput((self.dataset,), self.schema)
