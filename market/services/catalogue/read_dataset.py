"""One dataset, with what the reader may know and do about it."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.account import SpentDay
from market.entities.dataset import AccessRequest, Dataset
from market.entities.people import Names, User
from market.entities.retention import VersionKept
from market.records.appointment import AgentAppointment
from market.records.signed import Signed
from market.services.access.appoint_agent import appointed
from market.services.access.refresh_forms import may_use
from market.services.authorize import may_see_access_request, owns
from market.services.catalogue.search_catalogue import find_dataset
from market.services.jobs.read_budget import Budget, read_budget
from market.services.platform import Platform
from market.services.read_names import names_of


@dataclass(frozen=True, slots=True)
class ReadDataset:
    """A dataset as one reader sees it.

    Attributes:
        budget: the people's for its owner, the reader's own allocation for anybody else.
        appointment: its owner's newest appointment of an agent.
        is_entitled: whether the reader may ask it now.
        access_requests: all for its owner, those of their organisation for anybody else.
        spent: of the budget, by day, for its owner alone.
        names: what its owner, and who asked for access, are called.
        versions: all of them, the newest first, and how long their ciphertext is kept.
        kept_seconds: how long that of one which nobody needs is kept; None for ever.
    """

    dataset: Dataset
    budget: Budget
    appointment: Signed[AgentAppointment] | None
    is_own: bool
    is_entitled: bool
    access_requests: tuple[AccessRequest, ...]
    spent: tuple[SpentDay, ...]
    names: Names
    versions: tuple[VersionKept, ...]
    kept_seconds: int | None

    def kept_until(self, version: VersionKept) -> int | None:
        """When its ciphertext goes, in unix seconds, unless a job under way needs it then; None
        for ever, as things are."""
        if version.needless_since is None or self.kept_seconds is None:
            return None
        return version.needless_since + self.kept_seconds


def read_dataset(platform: Platform, user: User, dataset: str, *, now: int) -> ReadDataset:
    """The newest version of a dataset as this user sees it (raises NotFound)."""
    found = find_dataset(platform, dataset)
    budget = read_budget(platform, found, user, now=now)
    asked = [
        one
        for one in platform.catalogue.access_requests(dataset)
        if may_see_access_request(user, found, one)
    ]
    return ReadDataset(
        dataset=found,
        budget=budget,
        appointment=appointed(platform, found.owner),
        is_own=owns(user, found),
        is_entitled=may_use(platform, found, user, now=now),
        access_requests=tuple(asked),
        spent=tuple(platform.ledger.spent_by_day(budget.balance.account))
        if owns(user, found)
        else (),
        names=names_of(
            platform, users=[found.owner], organisations=[found.organisation], told=asked
        ),
        versions=tuple(platform.retention.of_dataset(dataset)),
        kept_seconds=platform.waits.retention_seconds,
    )
