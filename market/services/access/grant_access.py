"""Access: a buyer asks, the owner grants by their signature, or takes it back."""

from __future__ import annotations

from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market.entities.dataset import AccessRequest
from market.entities.people import User
from market.errors import NotFound, NotPermitted, Refused
from market.policy.texts import refuse_unreadable
from market.records.grant import Grant, Revocation
from market.records.signed import open_signed
from market.services.access.refresh_forms import refresh_forms
from market.services.authorize import own_dataset, require_buyer
from market.services.platform import Platform

MOST_ANSWER_CHARACTERS = 500


def ask_access(
    platform: Platform, user: User, dataset_id: str, purpose: str, *, now: int
) -> AccessRequest:
    """Record a buyer's wish for a grant, with their purpose (up to 2,000 characters).

    Raises:
        NotPermitted: no buyer, no identity key, or the dataset is open or by invitation only.
        Refused: `text-unreadable`.
    """
    refuse_unreadable("purpose", purpose, lines=True)
    dataset = platform.catalogue.dataset(dataset_id)
    require_buyer(user, "ask for access")
    if dataset.listing.record.policy.access != "request":
        raise NotPermitted(
            "access-not-on-request",
            f"Access to {dataset_id} is {dataset.listing.record.policy.access}.",
            "An open dataset needs no grant; for others the owner invites.",
        )
    asked = AccessRequest(
        request=platform.entropy(8).hex(),
        dataset=dataset_id,
        user=user.user,
        organisation=user.organisation,
        buyer_fingerprint=PublicKey.parse(user.identity_key).fingerprint(),
        purpose=purpose.strip()[:2000],
        state="waiting",
        created_at=now,
    )
    platform.catalogue.ask_access(asked)
    return asked


def accept_grant(platform: Platform, user: User, grant_text: str, *, now: int) -> None:
    """Record the owner's signed grant; the buyer's waiting request for it is closed.

    Raises:
        Refused: `grant-invalid` when it does not verify or names other lineages.
        NotPermitted: the dataset is not this user's.
    """
    try:
        grant = open_signed(Grant, grant_text.encode())
    except CryptoError as error:
        raise _grant_invalid(str(error)) from error
    dataset = own_dataset(platform, user, grant.record.dataset)
    if grant.signer != dataset.owner_key:
        raise _grant_invalid("it is not signed with the owner's registered key")
    if grant.record.lineages != dataset.manifest.record.lineages:
        raise _grant_invalid("it names other lineages")
    platform.catalogue.add_grant(grant, now=now)
    for asked in platform.catalogue.access_requests(dataset.dataset):
        if asked.state == "waiting" and asked.buyer_fingerprint == grant.record.buyer:
            platform.catalogue.close_access_request(asked.request, "granted")
    refresh_forms(platform, now=now)


def accept_revocation(platform: Platform, user: User, revocation_text: str, *, now: int) -> None:
    """Record the owner's signed revocation of a grant: new jobs under it are refused.

    Raises:
        Refused: `revocation-invalid`; NotPermitted: the dataset is not this user's.
    """
    try:
        revocation = open_signed(Revocation, revocation_text.encode())
    except CryptoError as error:
        raise _revocation_invalid(str(error)) from error
    dataset = own_dataset(platform, user, revocation.record.dataset)
    if revocation.signer != dataset.owner_key:
        raise _revocation_invalid("it is not signed with the owner's registered key")
    platform.catalogue.revoke(revocation, now=now)
    refresh_forms(platform, now=now)


def decline_access(
    platform: Platform, user: User, dataset_id: str, request: str, answer: str = ""
) -> None:
    """Turn a waiting access request down.

    Args:
        answer: the owner's words, which who asked reads; up to 500 characters, or none.

    Raises:
        NotPermitted: the dataset is another's; NotFound: the request is for another dataset.
        Refused: `text-unreadable`. Conflict: `access-request-closed`.
    """
    refuse_unreadable("answer", answer, lines=True)
    own_dataset(platform, user, dataset_id)
    if request not in {asked.request for asked in platform.catalogue.access_requests(dataset_id)}:
        raise NotFound(
            "no-access-request",
            f"Dataset {dataset_id} has no access request {request}.",
            "Look at your inbox.",
        )
    answer = answer.strip()[:MOST_ANSWER_CHARACTERS]
    platform.catalogue.close_access_request(request, "declined", answer)


def _grant_invalid(reason: str) -> Refused:
    return Refused(
        "grant-invalid",
        f"The grant was not accepted: {reason}.",
        "Make it again with the owner's installed client.",
    )


def _revocation_invalid(reason: str) -> Refused:
    return Refused(
        "revocation-invalid",
        f"The revocation was not accepted: {reason}.",
        "Make it again with the owner's installed client.",
    )
