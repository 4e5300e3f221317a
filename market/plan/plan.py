"""A plan: named statistics of some datasets under one noise law; its hash is what people sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crypto import canonical
from market import wire
from market.errors import Refused
from market.plan.dataset_ids import check_dataset_ids
from market.plan.schema import Schema
from market.plan.statistics import Statistic

PLAN_TAG = "market/plan/3"
PLAN_VERSION = 3
STATISTIC_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MAXIMUM_STATISTICS = 200
MAXIMUM_SHARE = 1_000
MAXIMUM_PLAN_BYTES = 1_000_000
"""As much as the sandbox may leave and a quote may be asked for; a plan is ASCII."""

NoiseLaw = Literal["gaussian", "laplace"]


@dataclass(frozen=True, slots=True)
class NamedStatistic:
    """A statistic, its name in the result, and its share of the job's rho."""

    name: str
    share: int
    statistic: Statistic

    def __post_init__(self) -> None:
        if not STATISTIC_NAME.fullmatch(self.name):
            raise ValueError(f"statistic name {self.name!r}: lower-case ASCII words expected")
        if not 1 <= self.share <= MAXIMUM_SHARE:
            raise ValueError(f"share is {self.share}, expected 1 to {MAXIMUM_SHARE}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be asked, of these datasets (ids in ascending order) together."""

    version: int
    datasets: tuple[str, ...]
    law: NoiseLaw
    statistics: tuple[NamedStatistic, ...]

    def __post_init__(self) -> None:
        if self.version != PLAN_VERSION:
            raise ValueError(f"plan version is {self.version}, expected {PLAN_VERSION}")
        check_dataset_ids(self.datasets)
        names = [statistic.name for statistic in self.statistics]
        if not 1 <= len(names) <= MAXIMUM_STATISTICS or len(set(names)) != len(names):
            raise ValueError(f"1 to {MAXIMUM_STATISTICS} statistics of distinct names expected")


def plan_hash(plan: Plan, schemas: Sequence[Schema]) -> str:
    """SHA-256 over tag, plan, version and the digest of every dataset's schema, in order.

    It is what everyone signs.

    Raises:
        Refused: `plan-datasets` unless there is one schema for each dataset of the plan.
    """
    if len(schemas) != len(plan.datasets):
        raise _other_datasets(plan, f"{len(schemas)} in all")
    return canonical.digest(
        PLAN_TAG,
        {
            "plan": wire.to_json(plan),
            "schemas": [schema.digest() for schema in schemas],
            "version": plan.version,
        },
    )


def check_datasets(plan: Plan, datasets: Sequence[str]) -> None:
    """That a plan asks these datasets, and no others (raises Refused, `plan-datasets`)."""
    if plan.datasets != tuple(datasets):
        raise _other_datasets(plan, ", ".join(datasets))


def _other_datasets(plan: Plan, expected: str) -> Refused:
    return Refused(
        "plan-datasets",
        f"The plan asks {', '.join(plan.datasets)}, expected {expected}.",
        "Build the plan for the dataset that is asked.",
    )
