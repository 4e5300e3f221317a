"""market.ports.retention.Retention, on every implementation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.builders import (
    DATASET,
    DAY,
    NOW,
    a_listing,
    a_manifest,
    a_standing,
    a_version_drop,
    sign,
)

from market.entities.overview import Stored
from market.entities.retention import Expendable, Freed
from market.errors import Conflict, Refused
from market.ports.catalogue import Catalogue
from market.ports.retention import Retention
from market.records.manifest import Manifest

LATER = NOW + 100 * DAY


def publish(
    catalogue: Catalogue, version: int = 1, dataset: str = DATASET, again: int = 0
) -> Manifest:
    """`again` of its columns are those of the version before."""
    manifest = a_manifest(dataset=dataset, version=version)
    if again:
        before = catalogue.version(dataset, version - 1).manifest.record.columns[:again]
        manifest = replace(manifest, columns=(*before, *manifest.columns[again:]))
    catalogue.publish(
        sign(a_listing(manifest)),
        sign(manifest),
        owner="olga",
        organisation="clinics",
        caps={},
        now=NOW + version,
    )
    return manifest


def say(catalogue: Catalogue, number: int = 1, now: int = NOW + 5, **word: Any) -> None:
    catalogue.set_standing(sign(a_standing(number=number, **word)), now=now)


def two_versions(catalogue: Catalogue) -> Expendable:
    """The first of them, which the second has superseded."""
    publish(catalogue)
    publish(catalogue, version=2)
    return Expendable("olga", DATASET, 1, a_manifest().stored_bytes, "superseded", NOW + 2)


def due(retention: Retention, since: int = LATER) -> list[tuple[str, str, int]]:
    return [(one.name, one.why, one.since) for one in retention.due(since=since)]


def test_superseded_version_is_due_from_the_next_publication_on(
    catalogue: Catalogue, retention: Retention
) -> None:
    assert retention.due(since=LATER) == []
    first = two_versions(catalogue)
    assert retention.due(since=NOW + 1) == []
    assert retention.due(since=NOW + 2) == [first]
    publish(catalogue, version=3)
    publish(catalogue, dataset="another-one")
    assert due(retention) == [
        (f"{DATASET}/1", "superseded", NOW + 2),
        (f"{DATASET}/2", "superseded", NOW + 3),
    ]


@pytest.mark.parametrize("state", ["listed", "paused"])
def test_version_that_its_owner_has_answered_stays(
    state: str, catalogue: Catalogue, retention: Retention
) -> None:
    first = two_versions(catalogue)
    say(catalogue, state=state, served_versions=(1,))
    assert retention.due(since=LATER) == []
    with pytest.raises(Conflict, match="version-needed"):
        retention.begin(first, since=LATER, now=LATER)
    assert retention.begun() is None


def test_time_begins_anew_with_the_owners_word(catalogue: Catalogue, retention: Retention) -> None:
    first = two_versions(catalogue)
    say(catalogue, state="listed", served_versions=(1,))
    say(catalogue, 2, now=NOW + DAY, state="listed")
    assert due(retention, NOW + DAY - 1) == []
    assert due(retention, NOW + DAY) == [(first.name, "superseded", NOW + DAY)]


def test_withdrawn_dataset_is_due_whole_from_the_word_on(
    catalogue: Catalogue, retention: Retention
) -> None:
    two_versions(catalogue)
    say(catalogue, now=NOW + DAY, state="withdrawn", served_versions=(1,))
    assert due(retention, NOW + DAY - 1) == []
    assert due(retention, NOW + DAY) == [
        (f"{DATASET}/1", "withdrawn", NOW + DAY),
        (f"{DATASET}/2", "withdrawn", NOW + DAY),
    ]


def test_what_is_begun_is_due_no_more_and_never_begun_twice(
    catalogue: Catalogue, retention: Retention
) -> None:
    first = two_versions(catalogue)
    retention.begin(first, since=LATER, now=LATER)
    assert retention.due(since=LATER) == []
    assert retention.begun() == first
    with pytest.raises(Conflict, match="drop-begun"):
        retention.begin(first, since=LATER, now=LATER)
    assert catalogue.stored() == [Stored("olga", 2, 2 * first.stored_bytes)]
    assert not catalogue.version(DATASET, 1).is_stored
    assert catalogue.version(DATASET, 1).dropped_at is None
    assert catalogue.dataset(DATASET).is_stored


def test_finished_version_is_stored_no_more(catalogue: Catalogue, retention: Retention) -> None:
    first = two_versions(catalogue)
    retention.begin(first, since=LATER, now=LATER)
    retention.finish(first, now=LATER + 1)
    retention.finish(first, now=LATER + 2)
    assert retention.begun() is None
    assert catalogue.version(DATASET, 1).dropped_at == LATER + 1
    assert catalogue.version(DATASET, 1).manifest == sign(a_manifest())
    assert catalogue.stored() == [Stored("olga", 1, first.stored_bytes)]
    assert retention.freed(since=LATER + 1) == Freed(1, first.stored_bytes)
    assert retention.freed(since=LATER + 2) == Freed(0, 0)


def test_version_that_is_being_deleted_is_never_served_again(
    catalogue: Catalogue, retention: Retention
) -> None:
    first = two_versions(catalogue)
    retention.begin(first, since=LATER, now=LATER)
    with pytest.raises(Refused, match="version-dropped"):
        say(catalogue, state="listed", served_versions=(1,))
    assert catalogue.dataset(DATASET).signed_standing is None
    say(catalogue, state="paused", served_versions=(1,))
    assert catalogue.dataset(DATASET).standing == "paused"
    begun = retention.begun()
    assert begun is not None
    assert begun.name == first.name
    with pytest.raises(Refused, match="version-dropped"):
        say(catalogue, 2, state="listed", served_versions=(1,))
    say(catalogue, 2, state="listed")
    assert catalogue.dataset(DATASET).standing == "listed"


def test_chunks_are_those_of_the_manifest(catalogue: Catalogue, retention: Retention) -> None:
    first = two_versions(catalogue)
    wanted = [
        (chunk.key, chunk.size_bytes) for column in a_manifest().columns for chunk in column.chunks
    ]
    assert [(one.key, one.size_bytes) for one in retention.chunks(first)] == wanted != []


def test_owner_reads_how_long_each_version_stays(
    catalogue: Catalogue, retention: Retention
) -> None:
    assert retention.of_dataset(DATASET) == []
    first = two_versions(catalogue)
    retention.begin(first, since=LATER, now=LATER)
    newer, older = retention.of_dataset(DATASET)
    assert (newer.version, newer.published_at, newer.needless_since) == (2, NOW + 2, None)
    assert (older.version, older.needless_since) == (1, NOW + 2)
    assert (newer.dropping_at, older.dropping_at, older.dropped_at) == (None, LATER, None)
    retention.finish(first, now=LATER + 1)
    assert retention.of_dataset(DATASET)[1].dropped_at == LATER + 1


def appended(catalogue: Catalogue) -> int:
    """Three versions, each of which names most of the one before again; how many chunks, of a byte
    each, a version names."""
    size = publish(catalogue).stored_bytes
    publish(catalogue, version=2, again=size - 1)
    publish(catalogue, version=3, again=size - 2)
    return size


def drop(retention: Retention, version: int) -> list[str]:
    """The keys that go with it."""
    one = next(one for one in retention.due(since=LATER) if one.version == version)
    retention.begin(one, since=LATER, now=LATER)
    gone = retention.chunks(one)
    retention.finish(one, now=LATER + version)
    assert retention.freed(since=LATER + version).freed_bytes >= len(gone)
    return [chunk.key for chunk in gone]


def test_chunk_that_a_later_version_names_stays_and_counts_once(
    catalogue: Catalogue, retention: Retention
) -> None:
    size = appended(catalogue)
    assert catalogue.stored() == [Stored("olga", 3, size + 3)]
    assert [one.stored_bytes for one in retention.due(since=LATER)] == [1, 2]
    first = catalogue.version(DATASET, 1).manifest.record
    assert drop(retention, 1) == [first.columns[-1].chunks[0].key]
    second = catalogue.version(DATASET, 2).manifest.record
    assert drop(retention, 2) == [column.chunks[0].key for column in second.columns[-2:]]
    assert catalogue.stored() == [Stored("olga", 1, size)]
    assert retention.freed(since=0) == Freed(2, 3)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (2, 1, 3)])
def test_each_chunk_goes_with_the_last_version_that_names_it(
    order: tuple[int, ...], catalogue: Catalogue, retention: Retention
) -> None:
    appended(catalogue)
    names = {
        version: {
            chunk.key
            for column in catalogue.version(DATASET, version).manifest.record.columns
            for chunk in column.chunks
        }
        for version in order
    }
    say(catalogue, state="withdrawn")
    gone: set[str] = set()
    for place, version in enumerate(order):
        still = set().union(*(names[other] for other in order[place + 1 :]))
        dropped = drop(retention, version)
        assert len(dropped) == len(set(dropped))
        assert set(dropped) == names[version] - still
        gone.update(dropped)
        left = sum(one.stored_bytes for one in catalogue.stored())
        assert left == len(set().union(*names.values()) - gone)
    assert catalogue.stored() == []
    assert retention.freed(since=0) == Freed(3, len(gone))


def test_version_begun_before_another_leaves_it_what_both_name(
    catalogue: Catalogue, retention: Retention
) -> None:
    appended(catalogue)
    say(catalogue, state="withdrawn")
    due_now = retention.due(since=LATER)
    for one in due_now:
        retention.begin(one, since=LATER, now=LATER)
    gone = {chunk.key for one in due_now for chunk in retention.chunks(one)}
    assert gone == {
        chunk.key
        for version in (1, 2, 3)
        for column in catalogue.version(DATASET, version).manifest.record.columns
        for chunk in column.chunks
    }


def test_version_that_its_owner_drops_is_begun_at_once_and_once(
    catalogue: Catalogue, retention: Retention
) -> None:
    first = two_versions(catalogue)
    word = sign(a_version_drop())
    retention.drop(word, now=LATER)
    retention.drop(sign(replace(word.record, issued_at=NOW + 1)), now=LATER + 1)
    assert retention.begun() == replace(first, why="dropped by its owner", since=LATER)
    assert not catalogue.version(DATASET, 1).is_stored
    assert retention.due(since=LATER) == []
    retention.finish(first, now=LATER + 2)
    retention.drop(word, now=LATER + 3)
    assert retention.begun() is None
    assert retention.of_dataset(DATASET)[1].dropped_at == LATER + 2


@pytest.mark.parametrize("version", [1, 2])
def test_version_that_is_answered_is_not_dropped(
    version: int, catalogue: Catalogue, retention: Retention
) -> None:
    two_versions(catalogue)
    say(catalogue, state="listed", served_versions=(1,))
    with pytest.raises(Conflict, match="version-needed"):
        retention.drop(sign(a_version_drop(version)), now=LATER)
    assert retention.begun() is None
