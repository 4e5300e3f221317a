"""What the catalogue tells of a dataset, and whose budget it spends: without its manifest.

A manifest names every chunk of a table. Nobody has to open that to find a dataset, so what lists
and filters need of it is kept beside it, and decides nothing: whether a question is answered is
judged by the manifest itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.records.listing import Listing
from market.records.signed import Signed
from market.records.standing import Standing, StandingWord

Access = Literal["open", "request", "invitation"]


@dataclass(frozen=True, slots=True)
class Offer:
    """The newest version of a dataset under its newest listing.

    Attributes:
        owner: a user's id.
        parameters, lineages, epoch: as the manifest says (market.records.manifest).
        changed_at: when the newest edition of the listing came (unix seconds); None for the first.
    """

    dataset: str
    organisation: str
    owner: str
    listing: Signed[Listing]
    parameters: str
    lineages: tuple[str, ...]
    epoch: int
    published_at: int
    signed_standing: Signed[Standing] | None = None
    changed_at: int | None = None

    @property
    def standing(self) -> StandingWord:
        return self.signed_standing.record.state if self.signed_standing else "listed"


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """What an offer must be; an empty member asks nothing.

    Attributes:
        granted_to: fingerprint of a buyer who holds a grant on it that is in force `at` (unix
            seconds).
        price_cents: what a job costs at most.
    """

    access: Access | None = None
    granted_to: str = ""
    at: int = 0
    price_cents: int | None = None
    licence: str = ""


EVERY_OFFER = OfferFilter()


@dataclass(frozen=True, slots=True)
class TablePeople:
    """Whose budget a dataset's newest version spends: lineages, in a period."""

    dataset: str
    owner: str
    lineages: tuple[str, ...]
    epoch: int
