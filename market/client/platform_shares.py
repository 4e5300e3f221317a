"""The digest by which a statement and an envelope's header name the platform's shares."""

from __future__ import annotations

from collections.abc import Sequence

from crypto import parameters as parameter_sets
from crypto.errors import FormatError
from market.pricing.lattice import MEMBERS
from market.records.delivery import Share, shares_digest


def platform_shares_digest(shares: Sequence[Share], parameters: str) -> str:
    """Of shares under a parameter set by name; empty of members', to which the platform adds none.

    Raises:
        FormatError: shares that are none. ParameterError: no such parameter set.
    """
    if parameters != MEMBERS:
        return shares_digest(shares, parameter_sets.by_name(parameters))
    if shares:
        raise FormatError(f"{len(shares)} shares of the platform, expected none")
    return ""
