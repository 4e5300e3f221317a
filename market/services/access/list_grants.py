"""What an owner has granted on a dataset, and who asks for more."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.dataset import AccessRequest
from market.entities.people import User
from market.policy.listing.entitlement import GrantState, grant_states
from market.records.grant import Grant, Revocation
from market.records.signed import Signed
from market.services.authorize import own_dataset
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class GivenGrant:
    """A grant, its revocation where there is one, and its state now.

    `buyer` is the user whose key it names, empty where the platform does not know the key.
    """

    grant: Signed[Grant]
    revocation: Signed[Revocation] | None
    state: GrantState
    buyer: str


def list_grants(platform: Platform, user: User, dataset: str, *, now: int) -> list[GivenGrant]:
    """Every grant on a dataset of the user's.

    Raises:
        NotFound: no such dataset. NotPermitted: it is another's.
    """
    own_dataset(platform, user, dataset)
    given = platform.catalogue.grants(dataset)
    revoked = {signed.record.grant for signed, revocation in given if revocation is not None}
    states = grant_states((signed.record for signed, _ in given), revoked, now=now)
    return [
        GivenGrant(
            signed,
            revocation,
            states[signed.record.grant],
            _user_with_key(platform, signed.record.buyer),
        )
        for signed, revocation in given
    ]


def list_access_requests(platform: Platform, user: User, dataset: str) -> list[AccessRequest]:
    """Every wish for access to a dataset of the user's (raises as `list_grants`)."""
    own_dataset(platform, user, dataset)
    return platform.catalogue.access_requests(dataset)


def _user_with_key(platform: Platform, fingerprint: str) -> str:
    known = platform.people.by_identity_fingerprint(fingerprint)
    return known.user if known is not None else ""
