"""Names of the budget accounts: the people in the data first, the buyer's part of it second."""

from __future__ import annotations

from market.records.manifest import Manifest


def lineage_account(manifest: Manifest) -> str:
    """The promise: one cap over every buyer, listing, version and job."""
    return f"lineage/{manifest.lineage}/{manifest.epoch}"


def buyer_account(manifest: Manifest, buyer: str) -> str:
    """An allocation below the lineage's cap; `buyer` is an identity fingerprint."""
    return f"{lineage_account(manifest)}/buyer/{buyer}"
