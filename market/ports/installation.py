"""What a platform stands on, asked how it is: Airflow, relay, object store, and all versions."""

from __future__ import annotations

from typing import Protocol

from market.entities.overview import Part, Version


class Installation(Protocol):
    """Each is asked now, all at once, and for a few seconds at most: one that is silent is told as
    such, and nothing is raised for it."""

    def parts(self) -> tuple[Part, ...]:
        """Whether each part is fit for work."""

    def versions(self) -> tuple[Version, ...]:
        """Which release of each program is at work."""
