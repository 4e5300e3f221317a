"""A consortium is proposed: who is to compute together, on what."""

from __future__ import annotations

from market.entities.consortium import Consortium
from market.entities.people import User
from market.errors import Conflict
from market.records.consortium import Proposal
from market.services.authorize import require_owner
from market.services.consortia.members_document import require_own_seat, signed_by
from market.services.platform import Platform


def propose_consortium(
    platform: Platform, user: User, proposal_text: str, *, now: int
) -> Consortium:
    """Keep a proposal, the first of its name or the next; its seats' organisations see it.

    Raises:
        NotPermitted: the user is not an owner with a registered key; `not-your-seat`.
        Refused: `consortium-document-invalid`, `consortium-too-small`, `consortium-too-large`.
        NotFound: `no-organisation`: nobody of a seat is at this portal.
        Conflict: `consortium-exists`, `dataset-of-another`.
    """
    require_owner(user, "propose a consortium")
    signed = signed_by(user, Proposal, proposal_text)
    proposal = signed.record
    require_own_seat(user, proposal.proposer)
    if platform.consortia.has(proposal.consortium):
        _require_seat_before(platform, user, proposal.consortium)
    for seat in proposal.seats:
        platform.people.organisation(seat.organisation)
    platform.consortia.propose(signed, now=now)
    return platform.consortia.newest(proposal.consortium)


def _require_seat_before(platform: Platform, user: User, consortium: str) -> None:
    """Whoever goes on with a consortium has a seat in what it was."""
    if user.organisation not in platform.consortia.newest(consortium).organisations:
        raise Conflict(
            "consortium-exists",
            f"The name {consortium} is taken.",
            "Propose under another name.",
        )
