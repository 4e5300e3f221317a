"""What a consortium waits for from its member: a seat to take, a consent, a table."""

from __future__ import annotations

from market.entities.consortium import Consortium
from market.entities.inbox import InboxItem
from market.entities.people import User
from market.policy.consortia.consortium_next import Awaited, awaited
from market.services.platform import Platform


def of_member(platform: Platform, user: User) -> list[InboxItem]:
    """What the user has to do in their organisation's consortia: a seat is any owner's to take,
    and from then on whoever took it speaks for it."""
    if "owner" not in user.roles:
        return []
    return [
        InboxItem(step.kind, found.consortium, _text(found, step), step.command, _since(found))
        for found in platform.consortia.of_organisation(user.organisation)
        for step in awaited(found)
        if step.organisation == user.organisation
        and (step.kind == "join" or _holds_seat(found, user))
    ]


def _holds_seat(found: Consortium, user: User) -> bool:
    return any(
        joining.signer == user.identity_key and joining.record.organisation == user.organisation
        for joining in found.joinings
    )


def _text(found: Consortium, step: Awaited) -> str:
    proposer = found.proposal.record.proposer
    invited = f"You are invited by {proposer} to compute together in {found.consortium}."
    own = f"{found.consortium} is your organisation's own proposal; its seat waits for you, too."
    return {
        "join": own if proposer == step.organisation else invited,
        "consent": f"All have joined {found.consortium}: compare their keys, read the agreement, "
        "and consent.",
        "bind": f"All have consented to {found.consortium}; your table is not bound to it.",
    }[step.kind]


def _since(found: Consortium) -> int:
    """When what it waits for came about: the newest document before it."""
    said = [
        found.proposal.record.created_at,
        *(joining.record.created_at for joining in found.joinings),
        *(consent.record.created_at for consent in found.consents),
    ]
    return max(said)
