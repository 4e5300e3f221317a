"""Ciphertext goes when no question can be about it any more, and never before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import DATASET, DAY
from world.market import Market
from world.stored_objects import content

from market.entities.people import Operator
from market.entities.retention import Freed
from market.errors import Conflict, NotPermitted, Refused, Unavailable
from market.records.manifest import Chunk
from market.services.access.limits import stored_bytes
from market.services.audit_trail import read_trail
from market.services.compute.evaluate_job import evaluate_job
from market.services.publish import drop_ciphertext as dropping
from market.services.publish.drop_ciphertext import Round, drop_ciphertext, list_due
from market.services.publish.publish_dataset import publish_dataset
from market.services.publish.store_chunk import address_to_store

KEPT = 90 * DAY
UPLOAD_KEPT = 30 * DAY


def stored(market: Market, version: int) -> list[bool]:
    """Of each chunk of a version, whether the store has it."""
    manifest = market.catalogue.version(DATASET, version).manifest.record
    keys = [chunk.key for column in manifest.columns for chunk in column.chunks]
    assert keys
    return [market.objects.head(key) is not None for key in keys]


def drop(market: Market, before: Round | None = None) -> Round | None:
    return drop_ciphertext(market.platform, before, now=market.now, by=Operator())


def drop_all(market: Market) -> list[Round]:
    rounds: list[Round] = []
    last: Round | None = None
    while last := drop(market, last):
        rounds.append(last)
    return rounds


def trail(market: Market) -> list[tuple[str, str, str, str]]:
    found = read_trail(market.platform, Operator(), below=None).entries
    dropped = [one for one in found if one.act == "ciphertext-dropped"]
    return [(one.subject, one.before, one.after, one.code) for one in reversed(dropped)]


@pytest.fixture
def superseded(market: Market) -> Market:
    """Whose first version nobody needs, for as long as such is kept."""
    market.publish(version=2)
    market.now += KEPT
    return market


def test_superseded_version_goes_after_its_time_and_the_newest_stays(superseded: Market) -> None:
    market = superseded
    market.now -= 1
    assert drop_all(market) == []
    market.now += 1
    (found,) = list_due(market.platform, Operator(), now=market.now)
    assert (found.name, found.why) == (f"{DATASET}/1", "superseded")
    before = market.catalogue.stored()[0].stored_bytes
    rounds = drop_all(market)
    assert not any(stored(market, 1))
    assert all(stored(market, 2))
    assert sum(one.objects for one in rounds) == len(stored(market, 1))
    assert sum(one.freed_bytes for one in rounds) == found.stored_bytes
    assert market.catalogue.stored()[0].stored_bytes == before - found.stored_bytes
    assert market.platform.retention.freed(since=0) == Freed(1, found.stored_bytes)
    assert list_due(market.platform, Operator(), now=market.now) == []
    assert trail(market) == [(f"{DATASET}/1", "superseded", "", "")]


def test_withdrawn_dataset_goes_whole(market: Market) -> None:
    market.publish(version=2)
    market.stand("withdrawn")
    market.now += KEPT
    drop_all(market)
    assert not any(stored(market, 1) + stored(market, 2))
    assert [subject for subject, *_ in trail(market)] == [f"{DATASET}/1", f"{DATASET}/2"]


def test_version_that_its_owner_has_answered_stays(market: Market) -> None:
    market.publish(version=2)
    market.stand("listed", served_versions=(1,))
    market.now += 10 * KEPT
    assert drop_all(market) == []
    market.stand("listed")
    market.now += KEPT - 1
    assert drop_all(market) == []
    assert all(stored(market, 1))
    market.now += 1
    drop_all(market)
    assert not any(stored(market, 1))


def test_version_that_a_job_under_way_is_about_stays_until_it_has_ended(market: Market) -> None:
    job = market.approved()
    market.publish(version=2)
    assert evaluate_job(market.platform, job, now=market.now).state == "evaluated"
    market.now += KEPT
    assert drop_all(market) == []
    assert all(stored(market, 1))
    market.jobs.jobs[job.job] = replace(market.job(job), state="failed")
    drop_all(market)
    assert not any(stored(market, 1))


def test_nothing_is_computed_on_what_is_being_deleted(superseded: Market) -> None:
    """As from a database that was put back from before a version was superseded."""
    market = superseded
    market.catalogue.versions[DATASET].pop()
    job = market.approved()
    market.catalogue.dropping_at[DATASET, 1] = market.now
    ended = evaluate_job(market.platform, job, now=market.now)
    assert (ended.state, ended.end.code) == ("refused", "version-dropped")
    with pytest.raises(Refused, match="version-dropped"):
        market.submit()


def test_owner_who_has_it_answered_again_is_first_or_is_refused(
    superseded: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = superseded
    begin = market.platform.retention.begin

    def begin_late(*asked: object, **when: int) -> None:
        market.stand("listed", served_versions=(1,))
        begin(*asked, **when)

    with monkeypatch.context() as late:
        late.setattr(market.platform.retention, "begin", begin_late)
        assert drop(market) is None
    assert all(stored(market, 1))
    assert trail(market) == [
        (f"{DATASET}/1", "superseded", "", ""),
        (f"{DATASET}/1", "superseded", "", "version-needed"),
    ]
    market.stand("listed")
    market.now += KEPT
    assert drop(market) is not None
    with pytest.raises(Refused, match="version-dropped"):
        market.stand("listed", served_versions=(1,))


def test_deletion_goes_on_where_it_was_and_begins_again_after_a_crash(
    superseded: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = superseded
    monkeypatch.setattr(dropping, "CHUNKS_AT_ONCE", 1)
    first = drop(market)
    assert first is not None
    assert (first.done, first.objects) == (1, 1)
    assert stored(market, 1).count(False) == 1
    # Another process, which does not know how far it was.
    again = drop(market)
    assert again == first
    assert drop(market, again) != first
    drop_all(market)
    assert not any(stored(market, 1))
    assert len(trail(market)) == 1


def test_two_that_lead_at_once_delete_the_same_and_nothing_else(superseded: Market) -> None:
    market = superseded
    one, other = drop(market), drop(market)
    assert one is not None
    while one or other:
        one, other = drop(market, one), drop(market, other)
    assert not any(stored(market, 1))
    assert all(stored(market, 2))
    assert len(trail(market)) == 1


def test_leader_that_looked_before_the_other_marked_it_does_nothing(
    superseded: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = superseded
    due = list_due(market.platform, Operator(), now=market.now)
    drop_all(market)
    monkeypatch.setattr(market.platform.retention, "due", lambda **_: due)
    assert drop(market) is None
    assert trail(market)[-1] == (f"{DATASET}/1", "superseded", "", "drop-begun")
    with pytest.raises(Conflict, match="drop-begun"):
        market.platform.retention.begin(due[0], since=market.now, now=market.now)


def test_store_that_does_not_answer_is_asked_again(
    superseded: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = superseded

    def away(_key: str) -> None:
        raise Unavailable("store-unavailable", "No answer.", "Later.")

    with monkeypatch.context() as broken:
        broken.setattr(market.objects, "delete", away)
        with pytest.raises(Unavailable):
            drop(market)
    assert len(list_due(market.platform, Operator(), now=market.now)) == 1
    drop_all(market)
    assert not any(stored(market, 1))


def test_what_is_kept_for_ever_is_kept_and_what_was_begun_is_finished(superseded: Market) -> None:
    market = superseded
    waits = replace(market.platform.waits, retention_seconds=None)
    for_ever = replace(market.platform, waits=waits)
    assert drop_ciphertext(for_ever, None, now=market.now, by=Operator()) is None
    (one,) = list_due(market.platform, Operator(), now=market.now)
    market.platform.retention.begin(one, since=market.now, now=market.now)
    assert list_due(for_ever, Operator(), now=market.now) == [one]
    assert drop_ciphertext(for_ever, None, now=market.now, by=Operator()) is not None
    assert not any(stored(market, 1))


def test_only_administrators_see_and_delete(superseded: Market) -> None:
    market = superseded
    with pytest.raises(NotPermitted):
        list_due(market.platform, market.olga, now=market.now)
    with pytest.raises(NotPermitted):
        drop_ciphertext(market.platform, None, now=market.now, by=market.olga)
    assert all(stored(market, 1))


class Sending:
    """An owner who sends what `manifest` names, by addresses of the platform."""

    def __init__(self, market: Market, version: int) -> None:
        self.market = market
        self.manifest, self.documents = market.stored(version=version)
        self.chunks = [chunk for column in self.manifest.columns for chunk in column.chunks]
        self.data = {chunk.key: content(market.objects, chunk.key) for chunk in self.chunks}
        for chunk in self.chunks:
            market.objects.delete(chunk.key)

    def send(self, chunk: Chunk) -> None:
        market = self.market
        named = {"sha256": chunk.sha256, "size_bytes": chunk.size_bytes, "now": market.now}
        if address_to_store(market.platform, market.olga, chunk.key, **named):
            market.objects.put(chunk.key, self.data[chunk.key], sha256=chunk.sha256)

    def publish(self) -> None:
        market = self.market
        publish_dataset(market.platform, market.olga, *self.documents, now=market.now)


@pytest.fixture
def sending(market: Market) -> Sending:
    return Sending(market, 2)


def test_upload_that_is_never_published_counts_and_then_goes(sending: Sending) -> None:
    market, (first, second, *_) = sending.market, sending.chunks
    before = stored_bytes(market.platform, "clinics")
    for chunk in (first, second):
        sending.send(chunk)
    sent = first.size_bytes + second.size_bytes
    assert stored_bytes(market.platform, "clinics") == before + sent
    market.now += UPLOAD_KEPT - 1
    assert drop_all(market) == []
    market.now += 1
    (found,) = list_due(market.platform, Operator(), now=market.now)
    assert (found.name, found.why, found.stored_bytes) == (f"{DATASET}/2", "unpublished", sent)
    assert sum(one.freed_bytes for one in drop_all(market)) == sent
    assert [market.objects.head(one.key) for one in (first, second)] == [None, None]
    assert stored_bytes(market.platform, "clinics") == before
    assert all(stored(market, 1))
    assert trail(market) == [(f"{DATASET}/2", "unpublished", "", "")]


def test_publication_that_goes_on_in_time_is_published_whole(sending: Sending) -> None:
    market = sending.market
    for chunk in sending.chunks[:-1]:
        sending.send(chunk)
    market.now += UPLOAD_KEPT - 1
    sending.send(sending.chunks[-1])
    market.now += 1
    assert drop_all(market) == []
    sending.publish()
    market.now += UPLOAD_KEPT
    assert drop_all(market) == []
    assert all(stored(market, 2))


def test_publication_of_what_is_being_deleted_waits_and_then_sends_it_anew(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = sending.market
    monkeypatch.setattr(dropping, "CHUNKS_AT_ONCE", 1)
    for chunk in sending.chunks:
        sending.send(chunk)
    market.now += UPLOAD_KEPT
    last = drop(market)
    for act in (sending.publish, lambda: sending.send(sending.chunks[0])):
        with pytest.raises(Unavailable, match="upload-dropping"):
            act()
    while last := drop(market, last):
        pass
    with pytest.raises(Refused, match="chunk-missing"):
        sending.publish()
    for chunk in sending.chunks:
        sending.send(chunk)
    sending.publish()
    assert all(stored(market, 2))


def test_what_is_sent_counts_once_when_it_is_published(sending: Sending) -> None:
    market = sending.market
    size = sending.manifest.stored_bytes
    most = replace(market.platform.limits, storage_bytes=2 * size)
    market.platform = replace(market.platform, limits=most)
    for chunk in sending.chunks:
        sending.send(chunk)
    sending.publish()
    assert stored_bytes(market.platform, "clinics") == 2 * size
    third = Sending(market, 3)
    with pytest.raises(Refused, match="storage-full"):
        third.send(third.chunks[0])
    assert market.objects.head(third.chunks[0].key) is None
