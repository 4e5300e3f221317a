"""Find datasets by the words of their listings."""

from __future__ import annotations

from market.entities.dataset import Dataset
from market.services.platform import Platform


def search_catalogue(platform: Platform, words: str) -> list[Dataset]:
    """Listed and paused datasets whose text holds every word; all for an empty text."""
    return platform.catalogue.search(words.strip())
