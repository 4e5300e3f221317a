"""The rules of market.client.verify.check_bundle for a consortium's result, where they differ.

2. The pinned platform signed for this very delivery: these members' envelopes and receipts.
3. Nothing: there are no shares of the platform's.
4. The documents of the consortium make the agreement that the request names, under the members'
   keys as first seen; its parties are that agreement's.
6. Nothing.
7. Every member's joining of the session is there, signed by its agent, of this request; together
   they make the seal that every envelope's header names.
8. Every receipt names the member's own binding and its people; who has not delivered has none.
"""

from __future__ import annotations

from collections.abc import Callable

from market.client.kept.pins import member_name
from market.client.verify.asked_source import AskedSource, source_of_agreement
from market.client.verify.result_invalid import invalid, require
from market.policy.consortia.consortium_documents import read_consortium_documents
from market.records.agreement import Agreement
from market.records.binding import Binding
from market.records.delivery import Bundle, Envelope
from market.records.member_part import receipted_member
from market.records.receipt import ReceiptedDataset
from market.records.request import Request
from market.records.sealed_session import seal_session
from market.records.signed import open_signed, record_hash


def member_source(
    bundle: Bundle, request: Request, pin_member: Callable[[str, str], None]
) -> AskedSource:
    """The consortium a request asks, by rule 4.

    Raises:
        Refused: `result-invalid`, `member-key-changed`. CryptoError: a document does not verify.
    """
    if bundle.consortium is None:
        raise invalid("it holds no documents of the consortium")
    consortium = read_consortium_documents(bundle.consortium)
    for joining in consortium.joinings:
        name = member_name(consortium.consortium, joining.record.organisation)
        pin_member(name, joining.signer)
    agreement = consortium.agreement
    if agreement is None or consortium.awaited_consents:
        raise invalid("not every member has consented to the consortium's agreement")
    source = source_of_agreement(agreement)
    is_verified = request.session is not None and request.session.is_verified
    require(
        {
            "consortium": (source.named, request.datasets),
            "members": (agreement.parties, request.parties),
            "session": (source.session(is_verified=is_verified), request.session),
        }
    )
    return source


def session_seal(bundle: Bundle, request: Request, agreement: Agreement) -> str:
    """The seal that every member's joining makes, by rule 7 (raises CryptoError)."""
    request_hash = record_hash(request)
    return seal_session(agreement, request.job, request_hash, bundle.joins).seal


def member_receipts(bundle: Bundle, agreement: Agreement) -> dict[str, ReceiptedDataset]:
    """What each member's receipt has to name, by its agent's key."""
    texts = bundle.consortium.bindings if bundle.consortium is not None else ()
    opened = (open_signed(Binding, text.encode()).record for text in texts)
    bindings = {binding.agent: binding for binding in opened}
    return {
        member.agent: receipted_member(agreement, bindings.get(member.agent))
        for member in agreement.members
    }


def delivering(bundle: Bundle, request: Request) -> tuple[str, ...]:
    """The members whose envelopes these are, each once, in the request's order."""
    agents = tuple(open_signed(Envelope, text.encode()).signer for text in bundle.envelopes)
    if agents != tuple(party for party in request.parties if party in agents):
        raise invalid("its envelopes are not one each of some of the request's parties, in order")
    return agents
