"""An owner's client takes a draft up, to encrypt and sign what it says."""

from __future__ import annotations

from market.entities.draft import Draft
from market.entities.people import User
from market.services.authorize import own_draft, require_owner
from market.services.platform import Platform


def take_up_draft(platform: Platform, user: User, number: int, *, revision: int, now: int) -> Draft:
    """Write down who has taken which revision up; the same person may go on.

    Raises:
        NotFound: `no-draft`. NotPermitted: `role-missing`, `not-an-owner`.
        Conflict: `draft-taken`: another owner has; `draft-changed`: it was saved meanwhile.
    """
    draft = own_draft(platform, user, number)
    require_owner(user, "take a draft up")
    return platform.drafts.take_up(draft.number, revision=revision, by=user.user, now=now)
