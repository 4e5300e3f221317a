"""Several owners' datasets, asked together by one plan: who agrees to it, and on which terms.

Each owner says in their listing with whom, and whether values may be seen before they are added up:

    masked   agents mask their shares, so that the sum over all datasets opens and nothing else
             (crypto.pairwise_masks)
    plain    every owner's own noised value opens, too

A question names every dataset's agent and mask key, and so what any mask covers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from crypto.identity import FINGERPRINT_CHARACTERS
from market.plan.dataset_ids import check_ascending, check_dataset_id
from market.records.appointment import AgentKeys

Values = Literal["masked", "plain"]

MOST_OWNERS: Final = 9
"""Of one question: every agent masks against every other."""
_FINGERPRINT: Final = re.compile(rf"[0-9a-f]{{{FINGERPRINT_CHARACTERS}}}")


@dataclass(frozen=True, slots=True)
class Partner:
    """Another owner's dataset; `owner` is the fingerprint of the key they publish under, as they
    read it out."""

    dataset: str
    owner: str

    def __post_init__(self) -> None:
        check_dataset_id(self.dataset)
        if not _FINGERPRINT.fullmatch(self.owner):
            raise ValueError(f"owner is {self.owner!r:.80}, expected a fingerprint")


@dataclass(frozen=True, slots=True)
class Union:
    """All the others with whom together a dataset may be asked, in the order of their ids: these,
    neither more nor fewer."""

    others: tuple[Partner, ...]
    values: Values

    def __post_init__(self) -> None:
        check_ascending("others", self.names)
        if len(self.others) >= MOST_OWNERS:
            raise ValueError(f"others: {len(self.others)}, expected fewer than {MOST_OWNERS}")
        if len({partner.owner for partner in self.others}) != len(self.others):
            raise ValueError("others: one owner twice")

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the others."""
        return tuple(partner.dataset for partner in self.others)


@dataclass(frozen=True, slots=True)
class Together:
    """An owner's word on what else is in a question that asks their dataset.

    `is_sold_alone`: it may be asked by itself. `unions` stand in the order of the others' ids.
    """

    is_sold_alone: bool = True
    unions: tuple[Union, ...] = ()

    def __post_init__(self) -> None:
        sets = [union.names for union in self.unions]
        if sets != sorted(set(sets)):
            raise ValueError("unions: each set of others once, in ascending order expected")
        if not self.is_sold_alone and not self.unions:
            raise ValueError("sold neither alone nor with others")

    def union_with(self, others: tuple[str, ...]) -> Union | None:
        """The union with exactly these datasets (ids in ascending order), None if there is none."""
        return next((union for union in self.unions if union.names == others), None)


SOLD_ALONE: Final = Together()
"""The word of an owner who says nothing of others."""


@dataclass(frozen=True, slots=True)
class UnionTerms:
    """What a request to several owners says besides: of each dataset, in their order, the agent
    that releases for it, by the keys its owner has appointed."""

    values: Values
    agents: tuple[AgentKeys, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.agents) <= MOST_OWNERS:
            raise ValueError(f"{len(self.agents)} agents, expected 2 to {MOST_OWNERS}")
        for what in ("agent", "mask_key"):
            if len({getattr(keys, what) for keys in self.agents}) != len(self.agents):
                raise ValueError(f"agents: one {what.replace('_', ' ')} twice")

    @property
    def parties(self) -> tuple[str, ...]:
        """The agents' keys in ascending order."""
        return tuple(sorted(keys.agent for keys in self.agents))
