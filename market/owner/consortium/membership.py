"""What a member says in a consortium's life, signed with their identity key and sent.

Each takes the consortium as this client has verified it, and returns it as the portal shows it
then, verified again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crypto.canonical import Json
from crypto.identity import SigningKey
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.pins import member_name, pin_compared
from market.client.verify.consortium import require_compared, shown_consortium, verified_answer
from market.entities.consortium import Consortium
from market.errors import NotFound, Refused
from market.owner.consortium.declare_consortium import Terms
from market.owner.word.appoint import ensure_appointed
from market.policy.consortia.consortium import (
    agreement_of,
    next_place,
    with_consent,
    with_departure,
    with_joining,
)
from market.records.agreement import Agreement, Consent, Departure, Joining
from market.records.appointment import AgentKeys
from market.records.signed import Record, record_hash, sign_record
from market.vault.consortia import keep_agreement
from market.vault.home import AgentHome


@dataclass(frozen=True, slots=True)
class MemberClient:
    """Whose client speaks: their home, their key, and the portal they are signed in to."""

    home: ClientHome
    identity: SigningKey
    portal: PortalClient


@dataclass(frozen=True, slots=True)
class Seating:
    """What a member joins with: their agent, where it is reached (empty: by the relay), and the
    fingerprints of those to whom results may be sealed."""

    agent: AgentKeys
    address: str
    recipients: tuple[str, ...]


def propose(client: MemberClient, terms: Terms, *, now: int) -> Consortium:
    """Propose a consortium, or its next agreement after one that has ended or was never made.

    Raises:
        Refused: `declaration-invalid`, or what is shown of an earlier one does not verify.
        Conflict: `consortium-exists`, `dataset-of-another`. NotFound: `no-organisation`.
    """
    proposer = str(client.portal.get("whoami")["organisation"])
    if proposer not in {seat.organisation for seat in terms.seats}:
        raise Refused(
            "proposer-without-seat",
            f"{proposer} proposes a consortium in which it has no seat.",
            f'Name it among [[members]]: organisation = "{proposer}".',
        )
    number, previous = next_place(_before(client, terms.consortium))
    proposal = terms.proposal(proposer=proposer, number=number, previous=previous, now=now)
    return _said(client, terms.consortium, "consortia", "proposal", proposal)


def join(client: MemberClient, found: Consortium, seating: Seating, *, now: int) -> Consortium:
    """Take the seat of one's organisation; the agent is appointed where none was yet.

    Raises:
        Refused: `seating-malformed`, `agent-not-appointed`, and as the portal and `with_joining`
            refuse.
        Conflict: `seat-taken`. NotFound: `no-seat`.
    """
    organisation = str(client.portal.get("whoami")["organisation"])
    joining = _joining(found, organisation, seating, now=now)
    # What cannot be is told before anything is signed in public.
    with_joining(found, sign_record(client.identity, joining))
    ensure_appointed(client.portal, client.identity, seating.agent, now=now)
    path = f"consortia/{found.consortium}/joinings"
    shown = _sent(client, path, "joining", joining)
    own = client.identity.public.fingerprint()
    name = member_name(found.consortium, organisation)
    pin_compared(client.home, "member", name, own, may_replace=True)
    return verified_answer(client.home, found.consortium, shown)


def _joining(found: Consortium, organisation: str, seating: Seating, *, now: int) -> Joining:
    try:
        return Joining(
            proposal_hash=record_hash(found.proposal.record),
            organisation=organisation,
            agent=seating.agent.agent,
            address=seating.address,
            recipients=tuple(sorted(set(seating.recipients))),
            created_at=now,
        )
    except ValueError as error:
        raise Refused(
            "seating-malformed",
            f"Nobody can join like this: {error}.",
            "Give a host as --address, fingerprints as --recipient.",
        ) from error


def consent(client: MemberClient, found: Consortium, *, now: int) -> Consortium:
    """Consent to the agreement, after every other member's key was compared.

    Raises:
        Refused: `member-key-not-compared`. Conflict: `seats-open`, `consent-differs`.
        NotPermitted: the seat of one's organisation is held by another key.
    """
    agreement = agreement_of(found)
    require_compared(client.home, found, own_key=client.identity.public.hex)
    word = Consent(
        agreement_hash=found.agreement_hash,
        organisation=own_organisation(client, agreement),
        sentence=agreement.sentence,
        created_at=now,
    )
    with_consent(found, sign_record(client.identity, word))
    path = f"consortia/{found.consortium}/consents"
    return _said(client, found.consortium, path, "consent", word)


def leave(
    client: MemberClient, agent_home: AgentHome, found: Consortium, *, now: int
) -> Consortium:
    """Leave the agreement: it has ended. One's own agent has the word first, and obeys it whatever
    the portal says.

    Raises:
        Conflict: `seats-open`, `departed`. Refused: the seat is held by another key.
    """
    agreement = agreement_of(found)
    word = Departure(found.agreement_hash, own_organisation(client, agreement), now)
    keep_agreement(agent_home, with_departure(found, sign_record(client.identity, word)))
    path = f"consortia/{found.consortium}/departures"
    return _said(client, found.consortium, path, "departure", word)


def own_organisation(client: MemberClient, agreement: Agreement) -> str:
    """The organisation whose seat one's own key holds, by the documents alone.

    Raises:
        Refused: `not-a-member`.
    """
    key = client.identity.public
    for member in agreement.members:
        if member.owner_key == key.hex:
            return member.organisation
    raise Refused(
        "not-a-member",
        f"No seat of {agreement.proposal.consortium} is held by your key {key.fingerprint()}.",
        "Use the home you joined from: --home.",
    )


def _before(client: MemberClient, consortium: str) -> Consortium | None:
    try:
        return shown_consortium(client.home, client.portal, consortium)
    except NotFound:
        return None


def _said(
    client: MemberClient, consortium: str, path: str, name: str, record: Record
) -> Consortium:
    return verified_answer(client.home, consortium, _sent(client, path, name, record))


def _sent(client: MemberClient, path: str, name: str, record: Record) -> Mapping[str, Json]:
    """What the portal answers to a document, signed and sent; nobody has verified it."""
    document = sign_record(client.identity, record).encode().decode()
    shown: Mapping[str, Json] = client.portal.post(path, {name: document})
    return shown
