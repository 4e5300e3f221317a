"""market.ports.uploads.Uploads, on every implementation."""

from __future__ import annotations

import pytest
from world.builders import DATASET, DAY, NOW, a_listing, a_manifest, sign
from world.people import OLGA, OSCAR

from market.entities.retention import Expendable, StoredChunk, Upload
from market.errors import Conflict, Refused, Unavailable
from market.ports.catalogue import Catalogue
from market.ports.retention import Retention
from market.ports.uploads import Uploads

LATER = NOW + 40 * DAY
MOST = 10**6
MINE = Upload("olga", OLGA.organisation, DATASET, 1)
FIRST, SECOND = StoredChunk("datasets/a/1/x", 300), StoredChunk("datasets/a/1/y", 70)


def announce(
    uploads: Uploads,
    chunk: StoredChunk = FIRST,
    upload: Upload = MINE,
    *,
    most_bytes: int = MOST,
    now: int = NOW,
) -> None:
    uploads.announce(upload, chunk, most_bytes=most_bytes, now=now)


def publish(catalogue: Catalogue, version: int = 1) -> None:
    manifest = a_manifest(version=version)
    catalogue.publish(
        sign(a_listing(manifest)),
        sign(manifest),
        owner="olga",
        organisation=OLGA.organisation,
        caps={},
        now=NOW,
    )


def due(size: int, sent_at: int = NOW) -> Expendable:
    return Expendable("olga", DATASET, 1, size, "unpublished", sent_at)


def test_what_is_announced_counts_and_is_due_after_the_last_chunk(uploads: Uploads) -> None:
    assert uploads.announced_bytes(OLGA.organisation) == 0
    announce(uploads)
    announce(uploads, SECOND, now=NOW + DAY)
    assert uploads.announced_bytes(OLGA.organisation) == 370
    assert uploads.announced_bytes("north-lab") == 0
    assert uploads.announced_of("olga", DATASET) == 370
    assert uploads.announced_of("oscar", DATASET) == uploads.announced_of("olga", "other") == 0
    assert uploads.due(since=NOW + DAY - 1) == []
    assert uploads.due(since=NOW + DAY) == [due(370, NOW + DAY)]
    announce(uploads, now=NOW + 2 * DAY)
    assert uploads.announced_bytes(OLGA.organisation) == 370
    assert uploads.due(since=NOW + DAY) == []


def test_going_on_begins_the_time_anew_and_tells_the_size(uploads: Uploads) -> None:
    assert uploads.go_on(MINE, now=NOW) == 0
    announce(uploads)
    assert uploads.go_on(MINE, now=NOW + DAY) == 300
    assert uploads.due(since=NOW) == []
    assert uploads.due(since=NOW + DAY) == [due(300, NOW + DAY)]


def test_no_more_is_announced_than_may_be_stored(uploads: Uploads, catalogue: Catalogue) -> None:
    published = a_manifest().stored_bytes
    publish(catalogue)
    other = Upload("olga", OLGA.organisation, DATASET, 2)
    with pytest.raises(Refused, match="storage-full"):
        announce(uploads, FIRST, other, most_bytes=published + 299)
    assert uploads.announced_bytes(OLGA.organisation) == 0
    announce(uploads, FIRST, other, most_bytes=published + 300)
    announce(uploads, FIRST, other, most_bytes=published + 300)
    with pytest.raises(Refused, match="storage-full"):
        announce(uploads, SECOND, other, most_bytes=published + 369)


def test_owners_of_one_name_keep_to_themselves(uploads: Uploads) -> None:
    theirs = Upload("oscar", OSCAR.organisation, DATASET, 1)
    announce(uploads)
    announce(uploads, StoredChunk("datasets/b/1/x", 5), theirs, now=NOW + DAY)
    assert [one.owner for one in uploads.due(since=LATER)] == ["olga", "oscar"]
    uploads.begin(due(300), since=NOW, now=LATER)
    assert uploads.go_on(theirs, now=LATER) == 5


def test_what_is_published_is_an_upload_no_more(uploads: Uploads, catalogue: Catalogue) -> None:
    announce(uploads)
    publish(catalogue)
    assert uploads.announced_bytes(OLGA.organisation) == 0
    assert uploads.due(since=LATER) == []
    with pytest.raises(Conflict, match="version-needed"):
        uploads.begin(due(300), since=LATER, now=LATER)
    announce(uploads)
    assert uploads.announced_bytes(OLGA.organisation) == 0
    assert uploads.chunks(due(300)) == []


def test_chunk_of_a_deleted_version_is_not_taken_again(
    uploads: Uploads, catalogue: Catalogue, retention: Retention
) -> None:
    publish(catalogue)
    publish(catalogue, version=2)
    (first,) = retention.due(since=LATER)
    retention.begin(first, since=LATER, now=LATER)
    with pytest.raises(Refused, match="version-dropped"):
        announce(uploads)


def test_begun_deletion_is_not_overtaken(uploads: Uploads, catalogue: Catalogue) -> None:
    announce(uploads)
    announce(uploads, SECOND)
    with pytest.raises(Conflict, match="version-needed"):
        uploads.begin(due(370), since=NOW - 1, now=LATER)
    uploads.begin(due(370), since=NOW, now=LATER)
    with pytest.raises(Conflict, match="drop-begun"):
        uploads.begin(due(370), since=NOW, now=LATER)
    assert uploads.due(since=LATER) == []
    assert uploads.begun() == due(370)
    assert uploads.chunks(due(370)) == [FIRST, SECOND]
    with pytest.raises(Unavailable, match="upload-dropping"):
        announce(uploads)
    with pytest.raises(Unavailable, match="upload-dropping"):
        uploads.go_on(MINE, now=LATER)
    with pytest.raises(Unavailable, match="upload-dropping"):
        publish(catalogue)
    assert catalogue.claimant(DATASET) is None
    assert uploads.announced_bytes(OLGA.organisation) == 370


def test_finished_upload_is_forgotten_and_may_begin_again(uploads: Uploads) -> None:
    announce(uploads)
    uploads.begin(due(300), since=NOW, now=LATER)
    uploads.finish(due(300), now=LATER)
    uploads.finish(due(300), now=LATER)
    assert uploads.begun() is None
    assert uploads.announced_bytes(OLGA.organisation) == 0
    announce(uploads, now=LATER)
    assert uploads.due(since=LATER) == [due(300, LATER)]
