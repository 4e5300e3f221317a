"""Names of the budget accounts: the people in the data first, the buyer's part of it second.

A table may hold people of several lineages; a release then charges every one of them.
"""

from __future__ import annotations

from market.ports.ledger import Charge
from market.records.manifest import Manifest


def lineage_accounts(manifest: Manifest) -> tuple[str, ...]:
    """The promise: one cap each over every buyer, listing, version and job."""
    return tuple(f"lineage/{lineage}/{manifest.epoch}" for lineage in manifest.lineages)


def buyer_accounts(manifest: Manifest, buyer: str) -> tuple[str, ...]:
    """Allocations below the lineages' caps; `buyer` is an identity fingerprint."""
    return tuple(f"{account}/buyer/{buyer}" for account in lineage_accounts(manifest))


def rho_charges(manifest: Manifest, buyer: str, rho_units: int) -> tuple[Charge, ...]:
    """What one release costs: every lineage, and the buyer's part of each."""
    accounts = (*lineage_accounts(manifest), *buyer_accounts(manifest, buyer))
    return tuple(Charge(account, rho_units) for account in accounts)


def flooding_account(key_id: str) -> str:
    """What a CKKS key's openings may tell about the key itself (crypto.flooding units)."""
    return f"key/{key_id}/flooding"
