"""What may come after what in a consortium: pure steps from one state of it to the next.

One rulebook with two readers. The platform keeps what it is sent by these rules; a member's client
and agent build the same value from the documents it serves, by the same rules, and so believe
nothing that its signers have not said (market.client.verify.consortium). Whose key a signature
counts for is said by the documents themselves: a seat is held by whoever joined first.

The same document again changes nothing, so every step may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from market.entities.consortium import Consortium
from market.errors import Conflict, NotFound, Refused
from market.records.agreement import Agreement, Consent, Departure, Joining, Member, agree
from market.records.binding import Binding
from market.records.consortium import FIRST_PREVIOUS, Proposal
from market.records.first_difference import first_difference
from market.records.signed import Signed, record_hash

S = TypeVar("S", Joining, Consent, Departure)


def is_next(proposal: Signed[Proposal], newest: Consortium | None) -> bool:
    """Whether a proposal is to be kept; False for the newest again.

    It follows an agreement that has ended, or one that was never made: seats were left open.

    Raises:
        Conflict: `consortium-exists`: the newest stands, or this has not the next number.
    """
    if newest is not None and proposal == newest.proposal:
        return False
    record = proposal.record
    if newest is not None and newest.state in ("joined", "agreed"):
        raise Conflict(
            "consortium-exists",
            f"Agreement {newest.number} of {newest.consortium} is {newest.state}.",
            "Propose under another name; or leave that agreement first: market consortium leave.",
        )
    number, previous = next_place(newest)
    if (record.number, record.previous) != (number, previous):
        raise Conflict(
            "consortium-exists",
            f"Proposal {record.number} of {record.consortium} follows {record.previous[:16]}, "
            f"expected {number}, following {previous[:16]}.",
            "Propose it again: the installed client takes the next number.",
        )
    return True


def next_place(newest: Consortium | None) -> tuple[int, str]:
    """The number and the `previous` of whatever is proposed next."""
    if newest is None:
        return 1, FIRST_PREVIOUS
    return newest.number + 1, newest.agreement_hash or newest.proposal.record.previous


def with_joining(consortium: Consortium, joining: Signed[Joining]) -> Consortium:
    """A seat is taken; the last one makes the agreement.

    Raises:
        NotFound: `no-seat`. Conflict: `seat-taken`.
        Refused: `agreement-ended`, `seat-of-proposer`, `member-key-taken`, `no-recipient`, or
            `consortium-document-invalid`: it is for another proposal.
    """
    record = joining.record
    _check_has_seat(consortium, record.organisation)
    if joining in consortium.joinings:
        return consortium
    _check_not_ended(consortium)
    for other in consortium.joinings:
        if other.record.organisation == record.organisation:
            raise Conflict(
                "seat-taken",
                f"{record.organisation} has joined already, by another document.",
                "Ask who of your organisation it was: `market consortium show` has their words.",
            )
        if other.signer == joining.signer or other.record.agent == record.agent:
            raise Refused(
                "member-key-taken",
                f"A key of {record.organisation} is already that of {other.record.organisation}.",
                "Join with keys of your own: whoever holds two seats holds two shares.",
            )
    proposal = consortium.proposal
    _check_says("joining", {"proposal": (record.proposal_hash, record_hash(proposal.record))})
    if record.organisation == proposal.record.proposer and joining.signer != proposal.signer:
        raise Refused(
            "seat-of-proposer",
            f"The seat of {record.organisation} is for the key that proposed the consortium.",
            "Whoever proposed it joins; or propose it again under the key that will join.",
        )
    joinings = _in_order((*consortium.joinings, joining))
    return replace(consortium, joinings=joinings, agreement=_agreement(consortium, joinings))


def _agreement(consortium: Consortium, joinings: tuple[Signed[Joining], ...]) -> Agreement | None:
    if len(joinings) < len(consortium.organisations):
        return None
    if not any(one.record.recipients for one in joinings):
        raise Refused(
            "no-recipient",
            "No member names anybody to whom a result may be sealed, and this is the last to join.",
            "Join with `--recipient FINGERPRINT`.",
        )
    return agree(consortium.proposal.record, joinings)


def agreement_of(consortium: Consortium) -> Agreement:
    """The agreement, once every seat is taken (raises Conflict, `seats-open`)."""
    if consortium.agreement is None:
        raise Conflict(
            "seats-open",
            f"Not all have joined {consortium.consortium}: {', '.join(consortium.open_seats)}.",
            "Wait until they have: then there is an agreement.",
        )
    return consortium.agreement


def with_consent(consortium: Consortium, consent: Signed[Consent]) -> Consortium:
    """A member consents.

    Raises:
        NotFound: `no-seat`.
        Conflict: `seats-open`; `consent-differs`: they did, in other words.
        Refused: `agreement-ended`; `consortium-document-invalid`: to another agreement or
            sentence, or under another key.
    """
    record = consent.record
    agreement = agreement_of(consortium)
    member = _member(consortium, agreement, record.organisation)
    if consent in consortium.consents:
        return consortium
    _check_not_ended(consortium)
    _check_says(
        "consent",
        {
            "agreement": (record.agreement_hash, consortium.agreement_hash),
            "sentence": (record.sentence, agreement.sentence),
            "signer": (consent.signer, member.owner_key),
        },
    )
    if any(one.record.organisation == record.organisation for one in consortium.consents):
        raise Conflict(
            "consent-differs",
            f"{record.organisation} has consented already, in another document.",
            "Nothing is left to do: `market consortium show` tells what comes next.",
        )
    return replace(consortium, consents=_in_order((*consortium.consents, consent)))


def with_binding(
    consortium: Consortium, binding: Signed[Binding], *, is_alone: bool = False
) -> Consortium:
    """A member binds a table, or a newer one.

    Args:
        is_alone: for who is shown the newest binding and not those before it.

    Raises:
        Conflict: `binding-differs`: its number is not the next.
        Refused: `consortium-not-agreed`, `agreement-ended`; `consortium-document-invalid`: to
            another agreement, of another schema, under another key, or of a member without data.
    """
    record = binding.record
    if consortium.state != "agreed":
        _check_not_ended(consortium)
        raise Refused(
            "consortium-not-agreed",
            f"Consortium {consortium.consortium} is {consortium.state}: not all have consented.",
            "Wait for them: `market consortium show` names who is missing.",
        )
    agreement = agreement_of(consortium)
    if record.agent not in agreement.parties:
        raise _invalid("The agent in this binding is no member's")
    member = agreement.member_of(record.agent)
    if member.table is None:
        raise _invalid(f"{member.organisation} computes without data, and binds no table")
    newest = consortium.binding_of(record.agent)
    if binding == newest:
        return consortium
    _check_says(
        "binding",
        {
            "agreement": (record.agreement_hash, consortium.agreement_hash),
            "schema": (record.schema_digest, agreement.proposal.schemas[member.table].digest()),
            "signer": (binding.signer, member.owner_key),
        },
    )
    expected = newest.record.version + 1 if newest else record.version if is_alone else 1
    if record.version != expected:
        raise Conflict(
            "binding-differs",
            f"Binding {record.version} of {member.organisation} came, expected {expected}.",
            "Bind again with the installed client: it takes the next number.",
        )
    others = tuple(one for one in consortium.bindings if one.record.agent != record.agent)
    bindings = tuple(sorted((*others, binding), key=lambda one: one.record.agent))
    return replace(consortium, bindings=bindings)


def with_departure(consortium: Consortium, departure: Signed[Departure]) -> Consortium:
    """A member leaves: the agreement has ended. Others may leave it still.

    Raises:
        NotFound: `no-seat`. Conflict: `seats-open`; `departed`: they did, in another document.
        Refused: `consortium-document-invalid`: from another agreement, or under another key.
    """
    record = departure.record
    agreement = agreement_of(consortium)
    member = _member(consortium, agreement, record.organisation)
    if departure in consortium.departures:
        return consortium
    _check_says(
        "departure",
        {
            "agreement": (record.agreement_hash, consortium.agreement_hash),
            "signer": (departure.signer, member.owner_key),
        },
    )
    if any(one.record.organisation == record.organisation for one in consortium.departures):
        raise Conflict(
            "departed",
            f"{record.organisation} has left already, in another document.",
            "Nothing is left to do.",
        )
    return replace(consortium, departures=_in_order((*consortium.departures, departure)))


def _in_order(said: Iterable[Signed[S]]) -> tuple[Signed[S], ...]:
    return tuple(sorted(said, key=lambda one: one.record.organisation))


def _check_has_seat(consortium: Consortium, organisation: str) -> None:
    if organisation not in consortium.organisations:
        raise NotFound(
            "no-seat",
            f"{organisation} has no seat in agreement {consortium.number} of "
            f"{consortium.consortium}.",
            "Ask a member to propose a consortium with you.",
        )


def _check_not_ended(consortium: Consortium) -> None:
    if consortium.departures:
        left = ", ".join(one.record.organisation for one in consortium.departures)
        raise Refused(
            "agreement-ended",
            f"Agreement {consortium.number} of {consortium.consortium} has ended: {left} left it.",
            "Propose the next one with whoever replaces them: market consortium propose.",
        )


def _member(consortium: Consortium, agreement: Agreement, organisation: str) -> Member:
    _check_has_seat(consortium, organisation)
    return next(one for one in agreement.members if one.organisation == organisation)


def _check_says(what: str, said: Mapping[str, tuple[str, str]]) -> None:
    """That a document says what it must: (seen, wanted) by what they are of (raises Refused)."""
    if found := first_difference(said):
        raise _invalid(f"The {found} in this {what}")


def _invalid(reason: str) -> Refused:
    return Refused(
        "consortium-document-invalid",
        f"{reason}.",
        "Make it again with the installed client, at the home and with the agent that joined.",
    )


def check_newest(consortium: str, number: int, newest: int) -> None:
    """That a document is about a consortium's newest proposal (raises Conflict)."""
    if number != newest:
        raise Conflict(
            "consortium-superseded",
            f"This is about proposal {number} of {consortium}; its newest is {newest}.",
            "Read that one first: market consortium show.",
        )


def no_consortium(consortium: str) -> NotFound:
    """There is none of this id, or it is none of theirs who ask: the same words for both."""
    return NotFound(
        "no-consortium",
        f"There is no consortium {consortium:.60} of yours.",
        "Look at your list: market consortium list.",
    )
