"""The platform's shares of what is only summed: the manifest's constants, and no computation.

A column without chunks (market.records.manifest) has nothing that could be read, so neither Spark
nor any other evaluator is asked for its sum; a plan of nothing else starts no process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crypto.errors import CryptoError
from crypto.parameters import by_name
from crypto.shares import encode_residues
from market.errors import Refused
from market.plan.moments import Output
from market.records.delivery import Share
from market.records.manifest import Manifest
from market.records.platform_constants import sum_of_constants

Shares = tuple[tuple[Share, ...], ...]
"""Of each table, in the order of the outputs."""
Compute = Callable[[tuple[Output, ...]], Shares]


def answered(
    manifests: Sequence[Manifest], outputs: tuple[Output, ...], compute: Compute
) -> Shares:
    """A share of each table for each output: `compute` is asked for those that need ciphertext.

    Raises:
        Refused: `manifest-unfit`; what `compute` refuses.
    """
    bare = {column for manifest in manifests for column in manifest.without_chunks}
    summed = [one for one in outputs if one.degree == 1 and not bare.isdisjoint(one.columns)]
    computed = tuple(one for one in outputs if one not in summed)
    tables = compute(computed) if computed else ((),) * len(manifests)
    return tuple(
        _in_order(outputs, [*shares, *(_share(manifest, one) for one in summed)])
        for manifest, shares in zip(manifests, tables, strict=True)
    )


def _in_order(outputs: Sequence[Output], shares: Sequence[Share]) -> tuple[Share, ...]:
    by_output = {share.output: share for share in shares}
    return tuple(by_output[one.id] for one in outputs)


def unfit(manifest: Manifest, error: Exception) -> Refused:
    """The manifest does not have what the plan reads."""
    return Refused(
        "manifest-unfit",
        f"The manifest of {manifest.dataset} does not serve the plan: {error}.",
        "Ask the owner to publish the dataset with these columns.",
    )


def _share(manifest: Manifest, output: Output) -> Share:
    try:
        parameters = by_name(manifest.parameters)
        residues = sum_of_constants(manifest, output, parameters)
        return Share(output.id, encode_residues(residues, parameters))
    except CryptoError as error:
        raise unfit(manifest, error) from error
