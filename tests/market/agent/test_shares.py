"""Products are recomputed over the manifest's own chunks, or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from world.declarations import plan_of
from world.lattices import agg_lattice
from world.live_market import LiveMarket
from world.random_ciphertext import random_limbs

from crypto.chunk import build_chunk, parse_chunk
from crypto.parameters import PRODUCTS
from crypto.secret_key import factor, product_shares
from crypto.shares import combine
from market.agent.recompute import TILE_CIPHERTEXTS
from market.agent.shares import UnnoisedShares, compute_shares
from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.expression import Column
from market.plan.lowered import lower
from market.plan.statistics import Covariance
from market.pricing.quote import quote
from market.pricing.quoted_output import QuotedOutput
from market.records.manifest import Chunk
from market.records.verified_chunk import describe_chunk
from market.vault.holdings import Holding, read_holding
from market.vault.keys import read_constants, read_keys

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

    def chunks(cut: tuple[int, ...]) -> tuple[Chunk, ...]:
        return tuple(
            describe_chunk(f"chunk-{start}", GARBAGE, first_ciphertext=start, ciphertexts=count)
            for start, count in zip(starts_of(cut), cut, strict=True)
        )

    return signed(holding, {name: chunks(cut) for name, cut in cuts.items()})


def signed(holding: Holding, chunks: Mapping[str, tuple[Chunk, ...]]) -> Holding:
    """As if the owner had signed columns of these chunks."""
    manifest = holding.manifest.record
    columns = tuple(replace(manifest.column(name), chunks=cut) for name, cut in chunks.items())
    count = sum(chunk.ciphertexts for chunk in next(iter(chunks.values())))
    record = replace(manifest, columns=columns, ciphertexts=count)
    return replace(holding, manifest=replace(holding.manifest, record=record))


def starts_of(cut: tuple[int, ...]) -> list[int]:
    return [sum(cut[:place]) for place in range(len(cut))]


def refusal(market: LiveMarket, holding: Holding, fetch: Callable[[Chunk], bytes]) -> Refused:
    keys = read_keys(market.home, holding.manifest.record)
    with pytest.raises(Refused) as refused:
        compute_shares(product_of(holding), holding, {}, keys, fetch)
    return refused.value


@given(
    st.dictionaries(
        st.sampled_from(("visits", "insured")), st.integers(-200, 200).filter(bool), min_size=1
    ),
    st.integers(-200, 200),
)
def test_weighted_sums_of_ciphertext_are_those_of_the_rows_within_the_bound(
    market: LiveMarket, weights: dict[str, int], constant: int
) -> None:
    holding = read_holding(market.home, "visits", 1)
    keys, schema = read_keys(market.home, holding.manifest.record), holding.listing.record.schema
    score = Dataset(schema).score(weights, constant).sum()
    lowered = lower(replace(plan_of(score.statistic), law="laplace"), schema)
    priced = quote(lowered, 10**12, "0.000001", agg_lattice(schema))
    names = [name for output in priced.outputs for name in output.columns]
    constants = read_constants(market.home, holding.manifest.record, names)
    rows = range(300)
    encoded = {
        "#valid": [1 for _ in rows],
        "visits": [Fraction(i % 11, 5) - 1 for i in rows],
        "insured": [1 if i % 3 else 0 for i in rows],
    }
    for output, shares in zip(
        priced.outputs,
        compute_shares(priced.outputs, holding, constants, keys, nothing),
        strict=True,
    ):
        opened = combine(shares.platform, shares.key_holder, holding.parameters)
        exact = sum(weight * sum(encoded[name]) for weight, name in output.opened.weighed)
        assert abs(opened - exact * holding.parameters.unit(1)) <= output.bound


def nothing(chunk: Chunk) -> bytes:
    """What is fetched for a sum."""
    raise AssertionError(chunk.key)


def test_unnoised_shares_do_not_show_themselves() -> None:
    shares = UnnoisedShares("age", (1_234_567, 2, 3), (4, 5, 6))
    assert f"{shares} {shares!r} {[shares]}" == "<secret> <secret> [<secret>]"


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


def test_blocks_and_their_tiles_add_up_to_the_whole_product(market: LiveMarket) -> None:
    kept = read_holding(market.home, "visits", 1)
    keys = read_keys(market.home, kept.manifest.record)
    cut, whole = (TILE_CIPHERTEXTS + 3, TILE_CIPHERTEXTS, 1), {}
    stored: dict[str, bytes] = {}
    chunks: dict[str, tuple[Chunk, ...]] = {}
    for seed, name in enumerate(("visits", "insured")):
        limbs = random_limbs(np.random.default_rng(seed), sum(cut))
        seeds = os.urandom(32 * sum(cut))
        data = build_chunk(PRODUCTS, seeds, limbs, first_ciphertext=0)
        whole[name] = parse_chunk(data, PRODUCTS, expected_ciphertexts=sum(cut))
        described = []
        for first, count in zip(starts_of(cut), cut, strict=True):
            part, key = whole[name].part(first, count), f"{name}-{first}"
            stored[key] = build_chunk(PRODUCTS, part.seeds, part.c0, first_ciphertext=first)
            described.append(
                describe_chunk(key, stored[key], first_ciphertext=first, ciphertexts=count)
            )
        chunks[name] = tuple(described)
    holding = signed(kept, chunks)
    outputs = product_of(holding)

    def fetch(chunk: Chunk) -> bytes:
        # Whoever asks has one client, which makes one exchange at a time.
        assert threading.current_thread() is threading.main_thread()
        return stored[chunk.key]

    for output, shares in zip(
        outputs, compute_shares(outputs, holding, {}, keys, fetch), strict=True
    ):
        left, right = (factor(keys.ckks, whole[name]) for name in output.columns)
        assert (shares.key_holder, shares.platform) == product_shares(left, right)
