"""Drafts of an organisation, and how far each has come on its way to a listed dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.entities.dataset import Dataset
from market.entities.draft import Draft
from market.entities.people import User
from market.errors import NotFound
from market.policy.drafts.draft_gaps import Gap, gaps_of
from market.services.authorize import own_draft, require_role
from market.services.platform import Platform

Step = Literal["draft", "complete", "taken-up", "sent", "listed"]


@dataclass(frozen=True, slots=True)
class ReadDraft:
    """A draft and its way.

    Attributes:
        gaps: what it lacks, field by field.
        sent_bytes: of ciphertext that whoever took it up has announced and not listed.
        listed: the dataset's version that was listed since it was taken up, by who did.
    """

    draft: Draft
    gaps: tuple[Gap, ...]
    sent_bytes: int
    listed: Dataset | None

    @property
    def step(self) -> Step:
        """The step of the way that it has reached."""
        if self.listed is not None:
            return "listed"
        if self.sent_bytes:
            return "sent"
        if self.draft.taken is not None:
            return "taken-up"
        return "draft" if self.gaps else "complete"

    @property
    def is_changed_since(self) -> bool:
        """Whether another revision was taken up than the newest."""
        taken = self.draft.taken
        return taken is not None and taken.revision != self.draft.revision


def list_drafts(platform: Platform, user: User) -> list[ReadDraft]:
    """The drafts of the user's organisation, the one saved last first.

    Raises:
        NotPermitted: `role-missing`.
    """
    require_role(user, "owner")
    found = platform.drafts.of_organisation(user.organisation)
    return [_read(platform, draft) for draft in found]


def read_draft(platform: Platform, user: User, number: int) -> ReadDraft:
    """One draft of the user's organisation (raises NotFound, `no-draft`; NotPermitted)."""
    return _read(platform, own_draft(platform, user, number))


def _read(platform: Platform, draft: Draft) -> ReadDraft:
    taken, dataset = draft.taken, draft.content.dataset.strip()
    if taken is None:
        return ReadDraft(draft, gaps_of(draft.content), 0, None)
    return ReadDraft(
        draft,
        gaps_of(draft.content),
        platform.uploads.announced_of(taken.by, dataset),
        _listed(platform, dataset, taken.by, taken.at),
    )


def _listed(platform: Platform, dataset: str, by: str, since: int) -> Dataset | None:
    """The newest version of a dataset, if `by` has listed it since then."""
    try:
        found = platform.catalogue.dataset(dataset)
    except NotFound:
        return None
    return found if found.owner == by and found.published_at >= since else None
