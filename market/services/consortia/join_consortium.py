"""A seat of a consortium is taken, and later its member consents to what all have joined."""

from __future__ import annotations

from market.entities.consortium import Consortium
from market.entities.people import User
from market.policy.listing.appointment import check_appointed
from market.records.agreement import Consent, Joining
from market.services.access.appoint_agent import appointed
from market.services.access.refresh_forms import refresh_forms
from market.services.authorize import require_owner, visible_consortium
from market.services.consortia.members_document import require_own_seat, signed_by
from market.services.platform import Platform


def join_consortium(
    platform: Platform, user: User, consortium: str, joining_text: str
) -> Consortium:
    """Take the seat of the user's organisation: the first of its owners to join holds it.

    Raises:
        NotPermitted: the user is not an owner with a registered key; `not-your-seat`.
        NotFound: `no-consortium`. Refused: `agent-not-appointed`, since one agent keeps the one
            ledger of its owner's people; and as `Consortia.add_joining`, with its conflicts.
    """
    require_owner(user, "join a consortium")
    found = visible_consortium(platform, user, consortium)
    signed = signed_by(user, Joining, joining_text)
    require_own_seat(user, signed.record.organisation)
    check_appointed(signed.record.agent, appointed(platform, user.user))
    return platform.consortia.add_joining(consortium, found.number, signed)


def consent_to_agreement(
    platform: Platform, user: User, consortium: str, consent_text: str, *, now: int
) -> Consortium:
    """Keep a member's consent; with the last one the agreement holds.

    Raises:
        NotPermitted, NotFound: as `join_consortium`. Others: as `Consortia.add_consent`.
    """
    require_owner(user, "consent to a consortium")
    found = visible_consortium(platform, user, consortium)
    signed = signed_by(user, Consent, consent_text)
    require_own_seat(user, signed.record.organisation)
    after = platform.consortia.add_consent(consortium, found.number, signed)
    refresh_forms(platform, now=now)
    return after
