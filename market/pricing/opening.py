"""What a release opens: its identity, whatever it was called and in whatever order it was asked.

A release is the set of its opened sums, each with the law, scale and bound of its noise, on one
manifest: all that the noise is derived from (crypto.noise), and nothing else. Two jobs of one
opening therefore give the same values, be their statistics named or ordered in another way, and the
second one costs the people in the data nothing.

The platform and the agent both ask this function, so that their ledgers agree.
"""

from __future__ import annotations

from collections.abc import Sequence

from crypto import canonical
from market.pricing.quote import QuotedOutput

OPENING_TAG = "market/opening/1"


def opening_of(manifest_hash: str, outputs: Sequence[QuotedOutput]) -> str:
    """SHA-256, in hex, over the manifest and the set of sums opened on it."""
    opened = sorted(
        (output.output, output.law, str(output.scale_squared), str(output.bound))
        for output in outputs
    )
    return canonical.digest(
        OPENING_TAG, {"manifest": manifest_hash, "opened": [list(one) for one in opened]}
    )
