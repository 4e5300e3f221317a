"""Whether a dataset is answered, and in which versions: the owner's own word, numbered.

The platform shows it and the agent obeys it. Of several the one with the highest number counts, but
a withdrawal is for good: no later number takes it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from market.plan.dataset_ids import check_dataset_id

StandingWord = Literal["listed", "paused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Signed by the owner; `number` counts a dataset's standings from 1.

    `served_versions` are older versions that stay answered beside the newest.
    """

    TAG: ClassVar[str] = "market/standing/1"

    dataset: str
    number: int
    state: StandingWord
    served_versions: tuple[int, ...]
    issued_at: int

    def __post_init__(self) -> None:
        check_dataset_id(self.dataset)
        if self.number < 1:
            raise ValueError(f"number is {self.number}, expected 1 or more")
        ordered = tuple(sorted(set(self.served_versions)))
        if self.served_versions != ordered or (ordered and ordered[0] < 1):
            raise ValueError(
                f"served_versions are {self.served_versions}, expected distinct, in order, from 1"
            )
