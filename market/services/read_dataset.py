"""One dataset, with what the reader may know and do about it."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.dataset import AccessRequest, Dataset
from market.entities.people import User
from market.records.appointment import AgentAppointment
from market.records.signed import Signed
from market.services.appoint_agent import appointed
from market.services.authorize import may_see_access_request, owns
from market.services.platform import Platform
from market.services.read_budget import Budget, read_budget
from market.services.refresh_forms import may_use


@dataclass(frozen=True, slots=True)
class ReadDataset:
    """A dataset as one reader sees it.

    Attributes:
        budget: the people's for its owner, the reader's own allocation for anybody else.
        appointment: its owner's newest appointment of an agent.
        is_entitled: whether the reader may ask it now.
        access_requests: all for its owner, those of their organisation for anybody else.
    """

    dataset: Dataset
    budget: Budget
    appointment: Signed[AgentAppointment] | None
    is_own: bool
    is_entitled: bool
    access_requests: tuple[AccessRequest, ...]


def read_dataset(platform: Platform, user: User, dataset: str, *, now: int) -> ReadDataset:
    """The newest version of a dataset as this user sees it (raises NotFound)."""
    found = platform.catalogue.dataset(dataset)
    return ReadDataset(
        dataset=found,
        budget=read_budget(platform, found, user, now=now),
        appointment=appointed(platform, found.owner),
        is_own=owns(user, found),
        is_entitled=may_use(platform, found, user, now=now),
        access_requests=tuple(
            asked
            for asked in platform.catalogue.access_requests(dataset)
            if may_see_access_request(user, found, asked)
        ),
    )
