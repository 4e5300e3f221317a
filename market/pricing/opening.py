"""What a release opens: its identity, whatever it was called and in whatever order it was asked.

A release is the set of its opened sums, each with the law, scale and bound of its noise, on its
manifests: all that the noise is derived from (crypto.noise), and nothing else. Two jobs of one
opening therefore give the same values, be their statistics named or ordered in another way, and the
second one costs the people in the data nothing.

The platform and the agent both ask this function, so that their ledgers agree.
"""

from __future__ import annotations

from collections.abc import Sequence

from crypto import canonical
from market.pricing.quote import QuotedOutput

OPENING_TAG = "market/opening/2"


def opening_of(manifest_hashes: Sequence[str], outputs: Sequence[QuotedOutput]) -> str:
    """SHA-256, in hex, over the set of manifests and the set of sums opened on them."""
    opened = sorted(
        (output.output, output.law, str(output.scale_squared), str(output.bound))
        for output in outputs
    )
    return canonical.digest(
        OPENING_TAG,
        {"manifests": sorted(manifest_hashes), "opened": [list(one) for one in opened]},
    )
