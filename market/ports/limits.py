"""Limits that an operator has set for one organisation, in the place of the settings' own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from market.entities.limits import LimitName


class OwnLimits(Protocol):
    def of(self, organisation: str) -> Mapping[LimitName, int]:
        """Those set for an organisation; all others are as for everybody."""

    def put(self, organisation: str, name: LimitName, most: int | None) -> None:
        """Set one, or take it back with None.

        Raises:
            NotFound: `no-organisation`.
        """
