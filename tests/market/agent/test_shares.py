"""Products are recomputed over the manifest's own chunks, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from world.declarations import plan_of
from world.lattices import agg_lattice
from world.live_market import LiveMarket

from market.agent.shares import compute_shares
from market.errors import Refused
from market.plan.expression import Column
from market.plan.lowered import lower
from market.plan.statistics import Covariance
from market.pricing.quote import QuotedOutput, quote
from market.records.manifest import Chunk
from market.records.verified_chunk import describe_chunk
from market.vault.holdings import Holding, read_holding
from market.vault.keys import read_keys

GARBAGE = b"signed, and no ciphertext"


def product_of(holding: Holding) -> tuple[QuotedOutput, ...]:
    plan = plan_of(Covariance(Column("visits"), Column("insured")))
    listing = holding.listing.record
    priced = quote(
        lower(plan, listing.schema), 10**10, listing.policy.delta, agg_lattice(listing.schema)
    )
    return tuple(output for output in priced.outputs if output.degree == 2)


def signed_with(holding: Holding, cuts: Mapping[str, tuple[int, ...]]) -> Holding:
    """As if the owner had signed columns of garbage, cut into chunks of so many ciphertexts."""
    manifest = holding.manifest.record

    def chunks(cut: tuple[int, ...]) -> tuple[Chunk, ...]:
        starts = [sum(cut[:place]) for place in range(len(cut))]
        return tuple(
            describe_chunk(f"chunk-{start}", GARBAGE, first_ciphertext=start, ciphertexts=count)
            for start, count in zip(starts, cut, strict=True)
        )

    columns = tuple(
        replace(manifest.column(name), chunks=chunks(cut)) for name, cut in cuts.items()
    )
    record = replace(manifest, columns=columns, ciphertexts=2)
    return replace(holding, manifest=replace(holding.manifest, record=record))


def refusal(market: LiveMarket, holding: Holding, fetch: Callable[[Chunk], bytes]) -> Refused:
    keys = read_keys(market.home, holding.manifest.record)
    with pytest.raises(Refused) as refused:
        compute_shares(product_of(holding), holding, {}, keys, fetch)
    return refused.value


def test_signed_garbage_is_the_owners_to_mend(market: LiveMarket) -> None:
    kept = read_holding(market.home, "visits", 1)
    holding = signed_with(kept, {"visits": (2,), "insured": (2,)})
    refused = refusal(market, holding, lambda _chunk: GARBAGE)
    assert refused.code == "chunk-malformed"
    assert "new version" in refused.next_action


def test_columns_cut_in_two_ways_are_refused_before_anything_is_fetched(
    market: LiveMarket,
) -> None:
    kept = read_holding(market.home, "visits", 1)
    holding = signed_with(kept, {"visits": (2,), "insured": (1, 1)})

    def fetch(chunk: Chunk) -> bytes:
        raise AssertionError(chunk.key)

    assert refusal(market, holding, fetch).code == "chunks-misaligned"
