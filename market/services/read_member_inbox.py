"""What a consortium waits for from its member: a seat to take, a consent, a table."""

from __future__ import annotations

from collections.abc import Iterator

from market.entities.consortium import Consortium
from market.entities.inbox import InboxItem
from market.entities.people import User
from market.services.platform import Platform


def of_member(platform: Platform, user: User) -> list[InboxItem]:
    """What the user has to do in their organisation's consortia: a seat is any owner's to take,
    and from then on whoever took it speaks for it."""
    if "owner" not in user.roles:
        return []
    return [
        item
        for found in platform.consortia.of_organisation(user.organisation)
        for item in _awaited(found, user)
    ]


def _awaited(found: Consortium, user: User) -> Iterator[InboxItem]:
    proposal, name = found.proposal.record, found.consortium
    if found.state == "ended":
        return
    if user.organisation in found.open_seats:
        text = f"{proposal.proposer} invites {user.organisation} to compute together in {name}."
        command = f"market consortium join {name}"
        yield InboxItem("join", name, text, command, proposal.created_at)
        return
    held = next(one for one in found.joinings if one.record.organisation == user.organisation)
    if held.signer != user.identity_key:
        return
    if user.organisation in found.awaited_consents:
        text = f"All have joined {name}: compare their keys, read the agreement, and consent."
        since = max(one.record.created_at for one in found.joinings)
        yield InboxItem("consent", name, text, f"market consortium consent {name}", since)
    elif found.state == "agreed" and user.organisation in {m.organisation for m in found.unbound}:
        text = f"All have consented to {name}; your table is not bound to it."
        since = max(one.record.created_at for one in found.consents)
        command = f"market consortium bind {name} DECLARATION TABLE"
        yield InboxItem("bind", name, text, command, since)
