"""Under which edition of a listing a job asks a dataset, and whether that may still be asked."""

from __future__ import annotations

from market.entities.dataset import Dataset
from market.entities.job import NO_VERSION, AskedDataset
from market.policy.decision import Denied
from market.policy.listing.editions import outdated
from market.services.platform import Registers


def asked_version(platform: Registers, asked: AskedDataset) -> Dataset:
    """The version asked, as it was listed when it was asked (raises NotFound)."""
    return platform.catalogue.version(asked.dataset, asked.version, asked.edition)


def outdated_edition(platform: Registers, asked: AskedDataset) -> Denied | None:
    """Why the listing's newest edition ends a job that nobody has approved yet, or None."""
    if asked.version == NO_VERSION:
        return None
    newest = platform.catalogue.version(asked.dataset, asked.version).listing.record
    if newest.edition == asked.edition:
        return None
    return outdated(asked_version(platform, asked).listing.record, newest)
