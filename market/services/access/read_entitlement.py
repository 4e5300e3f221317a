"""Whether a buyer may ask a dataset now, by its policy and the grant in force."""

from __future__ import annotations

from crypto.identity import PublicKey
from market.entities.dataset import Dataset
from market.entities.offer import Offer
from market.policy.decision import Decision
from market.policy.listing.entitlement import entitlement
from market.records.listing import Policy
from market.services.platform import Platform


def read_entitlement(
    platform: Platform, dataset: Dataset | Offer, policy: Policy, buyer_key: str, *, now: int
) -> Decision:
    """Decide for the holder of the identity key `buyer_key` (hex) under `policy`."""
    buyer = PublicKey.parse(buyer_key).fingerprint()
    grant = platform.catalogue.live_grant(dataset.dataset, buyer, now=now)
    return entitlement(
        policy,
        grant.record if grant else None,
        dataset=dataset.dataset,
        lineages=dataset.lineages,
        buyer=buyer,
        now=now,
    )
