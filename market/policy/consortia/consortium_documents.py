"""A consortium out of the texts its members signed, by market.policy.consortia.consortium.

Whoever keeps or receives these texts (a client, an agent's home, a bundle) believes the value built
of them here and nothing beside. Whether a key is a member's it cannot tell: keys are compared by a
channel other than the portal before anybody consents.
"""

from __future__ import annotations

from typing import Any

from crypto.errors import FormatError
from market.entities.consortium import Consortium
from market.errors import MarketError
from market.policy.consortia.consortium import (
    with_binding,
    with_consent,
    with_departure,
    with_joining,
)
from market.records.agreement import Consent, Departure, Joining
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.consortium_documents import ConsortiumDocuments
from market.records.signed import Signed, open_signed


def read_consortium_documents(documents: ConsortiumDocuments) -> Consortium:
    """Verify all of it, each under the key its seat was taken with.

    Raises:
        CryptoError: a document is none of its kind or does not verify, or (FormatError) one may not
            follow the others.
    """
    consortium = Consortium(open_signed(Proposal, documents.proposal.encode()))
    try:
        for text in documents.joinings:
            consortium = with_joining(consortium, open_signed(Joining, text.encode()))
        for text in documents.consents:
            consortium = with_consent(consortium, open_signed(Consent, text.encode()))
        for text in documents.bindings:
            # Of a member's bindings only the newest is kept: those before it concern its owner.
            binding = open_signed(Binding, text.encode())
            consortium = with_binding(consortium, binding, is_alone=True)
        for text in documents.departures:
            consortium = with_departure(consortium, open_signed(Departure, text.encode()))
    except MarketError as error:
        raise FormatError(f"{error.code}: {error.message}") from error
    return consortium


def documents_of(consortium: Consortium) -> ConsortiumDocuments:
    """The texts a consortium is built of."""
    return ConsortiumDocuments(
        _text(consortium.proposal),
        tuple(map(_text, consortium.joinings)),
        tuple(map(_text, consortium.consents)),
        tuple(map(_text, consortium.bindings)),
        tuple(map(_text, consortium.departures)),
    )


def _text(signed: Signed[Any]) -> str:
    return signed.encode().decode()
