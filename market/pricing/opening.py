"""What a release opens: its identity, whatever it was called and in whatever order it was asked.

A release is the set of its opened sums, each with the law, scale and bound of its noise, on its
manifests: all that the noise is derived from (crypto.noise), and nothing else. Two jobs of one
opening therefore give the same values, be their statistics named or ordered in another way, and the
second one costs the people in the data nothing.

Of several owners' datasets the sum over all of them opens, or every owner's too: not the same. What
an owner's people pay for a sum is paid anew beside the same sum asked alone, or with other owners:
more than zCDP asks, since the noise is the same, and so never less.

Members who compute together draw their noise: every run of theirs tells more than the one before,
so its opening is of that run alone, and is paid for.

The platform and the agent both ask this function, so that their ledgers agree.
"""

from __future__ import annotations

from collections.abc import Sequence

from crypto import canonical
from market.pricing.quote import QuotedOutput
from market.records.union import Values

OPENING_TAG = "market/opening/4"


EVERY_RUN_ALIKE = ""
"""The `run` of encrypted data, whose noise is derived."""


def opening_of(
    manifest_hashes: Sequence[str],
    outputs: Sequence[QuotedOutput],
    run: str = EVERY_RUN_ALIKE,
    values: Values | None = None,
) -> str:
    """SHA-256, in hex, over the set of manifests and the set of sums opened on them.

    Args:
        values: of several owners' datasets, which of the sums open; else None.
        run: what no other run of a consortium has; whoever keeps a ledger takes what they know it
            by: the platform the job's id, an agent the hash of the signed request.
    """
    opened = sorted(
        (output.output, output.law, str(output.scale_squared), str(output.bound))
        for output in outputs
    )
    return canonical.digest(
        OPENING_TAG,
        {
            "manifests": sorted(manifest_hashes),
            "opened": [list(one) for one in opened],
            "run": run,
            "values": values or "",
        },
    )
