"""A version may name chunks again that the version before has sent, and none else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from world.builders import DATASET, DAY, a_chunk_key, a_listing, sign, text
from world.market import Market

from market.entities.people import Operator
from market.errors import Refused
from market.policy.listing.counted_chunks import chunks_of
from market.records.manifest import Chunk, EncryptedColumn, Manifest
from market.services.access.limits import stored_bytes
from market.services.publish.drop_ciphertext import drop_ciphertext
from market.services.publish.publish_dataset import publish_dataset

Lie = Callable[[Chunk], Chunk]


def send(market: Market, manifest: Manifest) -> None:
    documents = text(sign(a_listing(manifest))), text(sign(manifest))
    publish_dataset(market.platform, market.olga, *documents, now=market.now)


def drop_all(market: Market) -> None:
    last = None
    while last := drop_ciphertext(market.platform, last, now=market.now, by=Operator()):
        pass


def with_first_chunk(manifest: Manifest, chunk: Chunk) -> Manifest:
    first, *others = manifest.columns
    return replace(manifest, columns=(replace(first, chunks=(chunk,)), *others))


def test_appended_version_is_listed_and_counts_what_is_new(market: Market) -> None:
    first = market.catalogue.dataset(DATASET).manifest.record
    before = stored_bytes(market.platform, "clinics")
    room = before + chunks_of(first)[-1].size_bytes
    market.platform = replace(
        market.platform, limits=replace(market.platform.limits, storage_bytes=room)
    )
    market.publish(version=2, again=len(first.columns) - 1)
    assert stored_bytes(market.platform, "clinics") == room
    market.now += 91 * DAY
    drop_all(market)
    second = market.catalogue.dataset(DATASET).manifest.record
    assert {chunk.key for chunk in chunks_of(second)} == set(market.objects.list("datasets/"))
    assert stored_bytes(market.platform, "clinics") == second.stored_bytes


@pytest.mark.parametrize(
    "lie",
    [
        lambda chunk: replace(chunk, digest="0" * 64),
        lambda chunk: replace(chunk, size_bytes=chunk.size_bytes + 1),
        lambda chunk: replace(chunk, sha256="0" * 64),
        lambda chunk: replace(chunk, key=a_chunk_key("other-visits", 1, 0)),
        lambda chunk: replace(chunk, key=a_chunk_key(DATASET, 1, 0, owner="oscar")),
        lambda chunk: replace(chunk, key=chunk.key.replace("/1/", "/01/")),
    ],
)
def test_chunk_that_the_version_before_does_not_name_so_is_refused(
    market: Market, lie: Lie
) -> None:
    market.publish(dataset="other-visits")
    second, _ = market.stored(version=2, again=1)
    (chunk,) = second.columns[0].chunks
    with pytest.raises(Refused, match="publication-invalid"):
        send(market, with_first_chunk(second, lie(chunk)))
    assert market.catalogue.dataset(DATASET).manifest.record.version == 1


def test_chunk_of_another_column_is_refused(market: Market) -> None:
    second, _ = market.stored(version=2, again=1)
    (other,) = market.catalogue.dataset(DATASET).manifest.record.columns[1].chunks
    with pytest.raises(Refused, match="publication-invalid"):
        send(market, with_first_chunk(second, other))


def test_chunk_of_a_version_before_the_last_is_named_no_more(market: Market) -> None:
    """It may be on its way out: what the newest names stays."""
    first = market.catalogue.dataset(DATASET).manifest.record
    market.publish(version=2)
    third, _ = market.stored(version=3)
    with pytest.raises(Refused, match="publication-invalid"):
        send(market, with_first_chunk(third, first.columns[0].chunks[0]))


def test_chunk_that_the_store_has_lost_is_not_named_again(market: Market) -> None:
    _, documents = market.stored(version=2, again=1)
    (lost,) = market.catalogue.dataset(DATASET).manifest.record.columns[0].chunks
    market.objects.delete(lost.key)
    with pytest.raises(Refused, match="without --append") as refused:
        publish_dataset(market.platform, market.olga, *documents, now=market.now)
    assert refused.value.code == "chunk-missing"


def test_columns_are_compared_by_name(market: Market) -> None:
    """A chunk of a column that was named otherwise is another column's."""
    second, _ = market.stored(version=2, again=2)
    one, two, *others = second.columns
    swapped = (
        EncryptedColumn(one.name, two.chunks, one.constants),
        EncryptedColumn(two.name, one.chunks, two.constants),
    )
    with pytest.raises(Refused, match="publication-invalid"):
        send(market, replace(second, columns=(*swapped, *others)))
