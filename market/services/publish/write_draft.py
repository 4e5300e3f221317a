"""Drafts of an organisation: start, save, duplicate, delete. All of its owners may."""

from __future__ import annotations

from market.entities.draft import MOST_DRAFT_BYTES, MOST_DRAFTS, Draft, DraftContent
from market.entities.people import User
from market.errors import Refused
from market.policy.drafts.draft_of_listing import draft_of_listing
from market.services.authorize import own_dataset, own_draft, require_role
from market.services.platform import Platform


def start_draft(platform: Platform, user: User, content: DraftContent, *, now: int) -> Draft:
    """Keep a new draft of the user's organisation.

    Raises:
        NotPermitted: `role-missing`. Refused: `draft-too-large`, `drafts-full`.
    """
    require_role(user, "owner")
    return platform.drafts.add(
        user.organisation, _within_size(content), by=user.user, most=MOST_DRAFTS, now=now
    )


def start_next_version(platform: Platform, user: User, dataset: str, *, now: int) -> Draft:
    """Keep a new draft that says what the newest listing of the user's dataset says.

    Raises:
        NotFound, NotPermitted: `no-dataset`, `not-your-dataset`, `role-missing`.
        Refused: as `start_draft`.
    """
    found = own_dataset(platform, user, dataset)
    manifest = found.manifest.record
    content = draft_of_listing(
        found.listing.record, epoch=manifest.epoch, parameters=manifest.parameters
    )
    return start_draft(platform, user, content, now=now)


def save_draft(
    platform: Platform, user: User, number: int, content: DraftContent, *, revision: int, now: int
) -> Draft:
    """Keep a draft as it is typed now, complete or not, in the place of `revision`.

    Raises:
        NotFound: `no-draft`. NotPermitted: `role-missing`. Refused: `draft-too-large`.
        Conflict: `draft-changed`: somebody has saved it meanwhile; nothing is overwritten.
    """
    draft = own_draft(platform, user, number)
    return platform.drafts.save(
        draft.number, _within_size(content), revision=revision, by=user.user, now=now
    )


def duplicate_draft(platform: Platform, user: User, number: int, *, now: int) -> Draft:
    """Keep a copy of a draft under a number of its own (raises as `start_draft`, and NotFound)."""
    return start_draft(platform, user, own_draft(platform, user, number).content, now=now)


def delete_draft(platform: Platform, user: User, number: int) -> None:
    """Delete a draft for good; what came of it stays (raises NotFound, NotPermitted)."""
    platform.drafts.delete(own_draft(platform, user, number).number)


def _within_size(content: DraftContent) -> DraftContent:
    size = len(content.document().encode())
    if size > MOST_DRAFT_BYTES:
        raise Refused(
            "draft-too-large",
            f"The draft has {size:,} bytes, expected at most {MOST_DRAFT_BYTES:,}.",
            "Shorten its texts or lists of levels; nothing was saved.",
        )
    return content
