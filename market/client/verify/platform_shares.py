"""The digests by which a statement and envelopes' headers name the platform's shares."""

from __future__ import annotations

from collections.abc import Sequence

from crypto import parameters as parameter_sets
from crypto.errors import FormatError
from market.pricing.lattice import MEMBERS
from market.records.delivery import Share, shares_digest


def platform_shares_digests(shares: Sequence[Sequence[Share]], parameters: str) -> tuple[str, ...]:
    """Of each dataset's shares under a parameter set by name; one that is empty of a consortium, to
    whose shares the platform adds none.

    Raises:
        FormatError: shares that are none. ParameterError: no such parameter set.
    """
    if parameters != MEMBERS:
        chosen = parameter_sets.by_name(parameters)
        return tuple(shares_digest(of_one, chosen) for of_one in shares)
    if shares:
        raise FormatError(f"{len(shares)} shares of the platform, expected none")
    return ("",)
