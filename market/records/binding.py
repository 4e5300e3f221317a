"""A member's table, bound to an agreement: whose budget a question is charged to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from crypto.identity import PublicKey
from market.plan.dataset_ids import check_ascending
from market.records.listing import Policy, Population
from market.records.members import check_hash


@dataclass(frozen=True, slots=True)
class Binding:
    """A member's table, bound to an agreement. The table stays at home.

    `version` counts a member's bindings to one agreement; the newest counts. `lineages` and `epoch`
    are whose budget a run is charged to, the same accounts as of anything else its owner sells;
    `policy` is the member's own: what those people may lose, and whether the member approves by
    hand.
    """

    TAG: ClassVar[str] = "market/binding/1"

    agreement_hash: str
    agent: str
    version: int
    schema_digest: str
    policy: Policy
    population: Population
    lineages: tuple[str, ...]
    epoch: int
    created_at: int

    def __post_init__(self) -> None:
        check_hash("agreement_hash", self.agreement_hash)
        check_hash("schema_digest", self.schema_digest)
        PublicKey.parse(self.agent)
        check_ascending("lineages", self.lineages)
        if self.version < 1 or self.epoch < 1:
            raise ValueError(f"version {self.version}, epoch {self.epoch}: 1 or more expected")
