"""A consortium as its members' own signatures make it, whatever the platform serves.

    rebuild_consortium   the value that served documents make under the rules they were kept by: a
                         changed schema, policy, key or sentence makes another agreement, to which
                         nobody has consented
    shown_consortium     that, of one agreement, and not less than this home has seen of it before
    holding_agreement    that, where all have consented and nobody has left

What no document can show is whose keys they are. So every member's key is pinned, and whoever
consents has compared all of them by a channel other than the platform (`require_compared`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crypto.canonical import Json
from crypto.errors import CryptoError, FormatError
from crypto.identity import PublicKey
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.pins import check_pin, find_pin, member_name
from market.client.kept.seen_consortia import remember_seen
from market.entities.consortium import Consortium
from market.errors import Refused
from market.policy.consortia.consortium_documents import read_consortium_documents
from market.records.agreement import Agreement, Joining
from market.records.consortium_documents import ConsortiumDocuments
from market.records.signed import Signed, record_hash


@dataclass(frozen=True, slots=True)
class VerifiedAgreement:
    """An agreement that holds: every member's consent and binding is in `consortium`, verified."""

    consortium: Consortium
    agreement: Agreement

    @property
    def hash(self) -> str:
        """What requests, joins and envelopes name it by."""
        return record_hash(self.agreement)


def rebuild_consortium(shown: Mapping[str, Json]) -> Consortium:
    """The consortium that documents make, each verified, and each allowed by those before it.

    Args:
        shown: `proposal`, `joinings`, `consents`, `bindings`, `departures` as the portal serves
            them: texts of signed documents.

    Raises:
        Refused: `consortium-invalid`: a document that no member has signed, or that does not fit.
    """
    try:
        return read_consortium_documents(
            ConsortiumDocuments(
                str(shown["proposal"]),
                _texts(shown["joinings"]),
                _texts(shown["consents"]),
                _texts(shown["bindings"]),
                _texts(shown["departures"]),
            )
        )
    except CryptoError as error:
        raise _invalid(str(error)) from error


def shown_consortium(
    home: ClientHome, portal: PortalClient, consortium: str, number: int | None = None
) -> Consortium:
    """One agreement of a consortium, the newest unless a number says otherwise.

    Members whose key was never seen are pinned on the platform's word, and said so.

    Raises:
        NotFound: `no-consortium`. Refused: `consortium-invalid`, `consortium-outdated`,
            `consortium-malformed`, `member-key-changed`.
    """
    home.consortium_path(consortium)
    query = {} if number is None else {"number": str(number)}
    return verified_answer(home, consortium, portal.get(f"consortia/{consortium}", **query), number)


def verified_answer(
    home: ClientHome, consortium: str, shown: Mapping[str, Json], number: int | None = None
) -> Consortium:
    """What the platform answers about a consortium, verified. Raises as `shown_consortium`."""
    found = rebuild_consortium(shown)
    if found.consortium != consortium or number not in (None, found.number):
        raise _invalid(f"they are those of {found.consortium}, proposal {found.number}")
    for joining in found.joinings:
        name = member_name(consortium, joining.record.organisation)
        check_pin(home, "member", name, joining.signer)
    remember_seen(home, found, is_newest=number is None)
    return found


def holding_agreement(home: ClientHome, portal: PortalClient, consortium: str) -> VerifiedAgreement:
    """The newest agreement, which all members have consented to and none has left.

    Raises:
        As `shown_consortium`. Refused: `consortium-not-agreed`.
    """
    found = shown_consortium(home, portal, consortium)
    if found.agreement is None or found.state != "agreed":
        raise Refused(
            "consortium-not-agreed",
            f"Agreement {found.number} of {consortium} is {found.state}; it holds once it is "
            "agreed.",
            f"Look who is awaited: market consortium show {consortium}.",
        )
    return VerifiedAgreement(found, found.agreement)


def not_compared(home: ClientHome, consortium: Consortium, *, own_key: str) -> list[str]:
    """Organisations of members whose key nobody has compared yet; one's own needs none."""
    return [
        joining.record.organisation
        for joining in consortium.joinings
        if joining.signer != own_key and not _is_compared(home, consortium.consortium, joining)
    ]


def require_compared(home: ClientHome, consortium: Consortium, *, own_key: str) -> None:
    """That a person has compared every other member's key (raises Refused)."""
    if missing := not_compared(home, consortium, own_key=own_key):
        raise Refused(
            "member-key-not-compared",
            f"Nobody here has compared the key of {', '.join(missing)}: the platform could have "
            "put itself in their place.",
            "Have each read out `market keys show` by another channel, then: market pin member "
            f"{consortium.consortium} {missing[0]}.",
        )


def _is_compared(home: ClientHome, consortium: str, joining: Signed[Joining]) -> bool:
    pin = find_pin(home, "member", member_name(consortium, joining.record.organisation))
    fingerprint = PublicKey.parse(joining.signer).fingerprint()
    return pin is not None and pin.is_compared and pin.fingerprint == fingerprint


def _texts(documents: Json) -> tuple[str, ...]:
    if not isinstance(documents, list):
        raise FormatError("its documents are no list")
    return tuple(str(text) for text in documents)


def _invalid(reason: str) -> Refused:
    return Refused(
        "consortium-invalid",
        f"The documents of the consortium are not what its members signed: {reason}.",
        "Nothing was signed. Tell the other members, by a channel other than the portal.",
    )
