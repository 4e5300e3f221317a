"""A plan: statistics with names and shares, under one noise law; its hash is what people sign."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from crypto import canonical
from market import wire
from market.plan.schema import Schema
from market.plan.statistics import Statistic

PLAN_TAG = "market/plan/1"
PLAN_VERSION = 1
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
    """What will be asked of one dataset."""

    version: int
    law: NoiseLaw
    statistics: tuple[NamedStatistic, ...]

    def __post_init__(self) -> None:
        if self.version != PLAN_VERSION:
            raise ValueError(f"plan version is {self.version}, expected {PLAN_VERSION}")
        names = [statistic.name for statistic in self.statistics]
        if not 1 <= len(names) <= MAXIMUM_STATISTICS or len(set(names)) != len(names):
            raise ValueError(f"1 to {MAXIMUM_STATISTICS} statistics of distinct names expected")


def plan_hash(plan: Plan, schema: Schema) -> str:
    """SHA-256 over tag, schema digest, version and canonical bytes: what everyone signs."""
    return canonical.digest(
        PLAN_TAG,
        {"plan": wire.to_json(plan), "schema": schema.digest(), "version": plan.version},
    )
