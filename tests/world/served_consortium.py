"""A consortium as a portal serves it, honest or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from market import wire
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.entities.consortium import Consortium
from market.owner.consortium.membership import MemberClient
from market.policy.consortia.consortium import with_joining
from market.policy.consortia.consortium_documents import documents_of
from world.builders import sign
from world.consortium_builders import a_consortium, a_joining
from world.hostile_portal import HostilePortal, hostile_portal, json_answer
from world.people import a_key


def served(found: Consortium, **changes: Any) -> dict[str, Any]:
    """What an honest portal answers about it; or with other documents in their place."""
    proposal = found.proposal.record
    return {
        "consortium": found.consortium,
        "number": found.number,
        "title": proposal.title,
        "composition": proposal.composition,
        "organisations": list(found.organisations),
        "state": found.state,
        # As it comes out of JSON: lists.
        **wire.to_json(documents_of(found)),
        **changes,
    }


def with_seat_of(organisation: str, taken_by: str) -> Consortium:
    """All have joined, but one seat is held by a key and an agent of somebody else's."""
    found = a_consortium("joined")
    kept = tuple(one for one in found.joinings if one.record.organisation != organisation)
    agent = a_key(f"agent of {taken_by}").public.hex
    joining = a_joining(found.proposal.record, organisation, agent=agent)
    return with_joining(replace(found, joinings=kept, agreement=None), sign(joining, by=taken_by))


@dataclass(frozen=True)
class Shown:
    """A member's client before a portal that shows one thing, whatever it is asked."""

    client: MemberClient
    portal: HostilePortal

    @property
    def sent(self) -> list[str]:
        """What was sent to it, beside questions."""
        return [line for line in self.portal.asked if not line.startswith("GET ")]


@contextmanager
def showing(answer: dict[str, Any], home: ClientHome, member: str = "olga") -> Iterator[Shown]:
    """A portal that shows this to a member."""
    with hostile_portal(lambda _method, _path: [json_answer(answer)]) as portal:
        client = PortalClient(portal.url, "token")
        try:
            yield Shown(MemberClient(home, a_key(member), client), portal)
        finally:
            client.close()
