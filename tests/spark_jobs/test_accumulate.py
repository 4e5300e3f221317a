"""What a worker computes and what it refuses, without Spark."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest
from world.random_ciphertext import RandomDataset, publish_random, publish_random_stream

from crypto.parameters import PRODUCTS, SUMS
from market.adapters.full_disk import tells_of_full_disk
from market.adapters.stores.local import LocalStore
from market.plan.moments import Output
from market.records.evaluation import Block, Stopped, plan_blocks
from market.records.platform_constants import sum_of_constants
from market.records.verified_chunk import ChunkRefused
from spark_jobs.accumulate import accumulate
from spark_jobs.evaluate import merge

OUTPUTS = (
    Output("sum", ("a",)),
    Output("product", ("a", "b")),
    Output("square", ("b", "b")),
    Output("weighed", ("a", "b"), (-3, 190)),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    return LocalStore(tmp_path_factory.mktemp("objects"))


@pytest.fixture(scope="module")
def dataset(store: LocalStore) -> RandomDataset:
    return publish_random(store, ("a", "b"), 5, ciphertexts_per_chunk=2)


@pytest.fixture(scope="module")
def blocks(dataset: RandomDataset) -> tuple[Block, ...]:
    return plan_blocks(dataset.manifest, OUTPUTS)


def test_totals_are_the_exact_sums(
    store: LocalStore, dataset: RandomDataset, blocks: tuple[Block, ...]
) -> None:
    totals = accumulate(blocks, OUTPUTS, store, PRODUCTS)
    assert totals[0, "sum"] == dataset.sum_of("a")
    assert totals[0, "product"] == dataset.product_of("a", "b")
    assert totals[0, "square"] == dataset.product_of("b", "b")
    assert totals[0, "weighed"] == tuple(
        (190 * b - 3 * a) % q
        for a, b, q in zip(dataset.sum_of("a"), dataset.sum_of("b"), PRODUCTS.primes, strict=True)
    )
    assert totals[0, "weighed"] == sum_of_constants(dataset.manifest, OUTPUTS[-1], PRODUCTS)


def test_a_table_for_sums_alone_is_summed_over_its_own_primes(store: LocalStore) -> None:
    names, sums = ("a", "b"), (Output("sum", ("b",)),)
    kept = publish_random(
        store, names, 5, ciphertexts_per_chunk=2, dataset="for-sums", parameters=SUMS
    )
    totals = accumulate(plan_blocks(kept.manifest, sums), sums, store, SUMS)
    assert totals[0, "sum"] == kept.sum_of("b")
    assert len(totals[0, "sum"]) == len(SUMS.primes)


def test_a_table_made_piece_by_piece_sums_to_its_constants(store: LocalStore) -> None:
    sums = (Output("sum", ("b",)),)
    manifest = publish_random_stream(
        store, ("a", "b"), 5, ciphertexts_per_chunk=2, dataset="pieces", parameters=SUMS
    )
    totals = accumulate(plan_blocks(manifest, sums), sums, store, SUMS)
    assert totals[0, "sum"] == sum_of_constants(manifest, *sums, SUMS)


def test_any_cut_into_partitions_gives_the_same_bits(
    store: LocalStore, blocks: tuple[Block, ...]
) -> None:
    whole = accumulate(blocks, OUTPUTS, store, PRODUCTS)
    parts = [accumulate([block], OUTPUTS, store, PRODUCTS) for block in reversed(blocks)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merge("PRODUCTS", merged, part)  # type: ignore[assignment]
    assert merged == whole


def test_missing_chunk_is_refused(tmp_path: Path, blocks: tuple[Block, ...]) -> None:
    with pytest.raises(ChunkRefused) as refused:
        accumulate(blocks, OUTPUTS, LocalStore(tmp_path), PRODUCTS)
    assert refused.value.code == "chunk-missing"


def test_chunk_with_another_hash_is_refused(store: LocalStore, blocks: tuple[Block, ...]) -> None:
    part = blocks[0].chunks[0]
    other = replace(part, chunk=replace(part.chunk, digest="00" * 32))
    altered = replace(blocks[0], chunks=(other, *blocks[0].chunks[1:]))
    with pytest.raises(ChunkRefused) as refused:
        accumulate([altered], OUTPUTS, store, PRODUCTS)
    assert refused.value.code == "chunk-altered"


def test_chunk_in_anothers_place_is_refused(store: LocalStore, blocks: tuple[Block, ...]) -> None:
    here, there = blocks[0].chunks[0], blocks[1].chunks[0]
    chunk = replace(there.chunk, first_ciphertext=here.chunk.first_ciphertext)
    moved = replace(blocks[0], chunks=(replace(here, chunk=chunk), *blocks[0].chunks[1:]))
    with pytest.raises(ChunkRefused) as refused:
        accumulate([moved], OUTPUTS, store, PRODUCTS)
    assert refused.value.code == "chunk-malformed"


def test_what_stopped_workers_merges_to_the_same_in_any_order() -> None:
    first = Stopped("chunk-missing", "a", may_pass=False)
    second = Stopped("chunk-altered", "b", may_pass=False)
    away = Stopped("store-unreachable", "0", may_pass=True)
    totals = {(0, "sum"): (1, 2, 3, 4, 5)}
    for other in (second, totals, away):
        assert merge("PRODUCTS", first, other) is merge("PRODUCTS", other, first) is first
    assert merge("PRODUCTS", totals, away) is merge("PRODUCTS", away, totals) is away


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, "whatever a locale calls it"), True),
        (RuntimeError("java.io.IOException: No space left on device"), True),
        (RuntimeError("OSError: [Errno 122] Disk quota exceeded"), True),
        (OSError(errno.EACCES, "No space left on device"), False),
        (RuntimeError("java.io.IOException: Broken pipe"), False),
    ],
)
def test_full_disk_is_told_from_other_failures(error: Exception, is_full: bool) -> None:
    assert tells_of_full_disk(error) is is_full
