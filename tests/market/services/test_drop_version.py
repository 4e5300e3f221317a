"""An owner ends an older version for good, and no version that anybody needs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import DATASET, sign, text
from world.market import Market

from crypto.identity import SigningKey
from market.entities.people import Operator
from market.errors import Conflict, NotFound, NotPermitted, Refused
from market.policy.listing.counted_chunks import chunks_of
from market.records.signed import record_hash, sign_record
from market.records.version_drop import VersionDrop
from market.services.audit_trail import read_trail
from market.services.publish.drop_ciphertext import drop_ciphertext
from market.services.publish.drop_version import drop_version


def word_on(market: Market, version: int = 1) -> VersionDrop:
    manifest = market.catalogue.version(DATASET, version).manifest.record
    return VersionDrop(DATASET, version, record_hash(manifest), market.now)


def drop(market: Market, version: int = 1) -> None:
    document = text(sign(word_on(market, version)))
    drop_version(market.platform, market.olga, DATASET, document, now=market.now)


def keep_house(market: Market) -> None:
    last = None
    while last := drop_ciphertext(market.platform, last, now=market.now, by=Operator()):
        pass


def keys(market: Market, version: int) -> set[str]:
    return {c.key for c in chunks_of(market.catalogue.version(DATASET, version).manifest.record)}


@pytest.mark.parametrize("kept_seconds", [None, 90 * 86_400])
def test_dropped_version_goes_at_once_whatever_others_are_kept_for(
    market: Market, kept_seconds: int | None
) -> None:
    waits = replace(market.platform.waits, retention_seconds=kept_seconds)
    market.platform = replace(market.platform, waits=waits)
    market.publish(version=2, again=2)
    drop(market)
    keep_house(market)
    assert set(market.objects.list("datasets/")) == keys(market, 2)
    assert market.catalogue.version(DATASET, 1).dropped_at == market.now
    drop(market)
    keep_house(market)
    found = read_trail(market.platform, Operator(), below=None).entries
    dropped = [one for one in found if one.act == "ciphertext-dropped"]
    assert [(one.subject, one.before) for one in dropped] == [
        (f"{DATASET}/1", "dropped by its owner")
    ]


def test_newest_and_served_versions_are_refused(market: Market) -> None:
    with pytest.raises(Refused, match="version-answered"):
        drop(market)
    market.publish(version=2)
    market.stand("listed", served_versions=(1,))
    for version in (1, 2):
        with pytest.raises(Refused, match="version-answered"):
            drop(market, version)
    market.stand("paused", served_versions=(1,))
    with pytest.raises(Refused, match="version-answered"):
        drop(market)
    keep_house(market)
    assert keys(market, 1) <= set(market.objects.list("datasets/"))


def test_withdrawn_dataset_is_dropped_whole(market: Market) -> None:
    market.publish(version=2)
    market.stand("withdrawn")
    drop(market, 1)
    drop(market, 2)
    keep_house(market)
    assert list(market.objects.list("datasets/")) == []


def test_version_that_a_job_under_way_is_about_is_refused(market: Market) -> None:
    job = market.approved()
    market.publish(version=2)
    with pytest.raises(Conflict, match="version-asked"):
        drop(market)
    market.jobs.jobs[job.job] = replace(market.job(job), state="failed")
    drop(market)
    keep_house(market)
    assert not keys(market, 1) & set(market.objects.list("datasets/"))


def test_nobody_else_and_no_other_word_drops_it(market: Market) -> None:
    market.publish(version=2)
    word = word_on(market)
    lies = (
        sign_record(SigningKey.generate(), word),
        sign(replace(word, manifest_hash="ab" * 32)),
        sign(replace(word, dataset="other-visits")),
    )
    for signed in lies:
        with pytest.raises(Refused, match="drop-invalid"):
            drop_version(market.platform, market.olga, DATASET, text(signed), now=market.now)
    with pytest.raises(NotPermitted):
        drop_version(market.platform, market.bob, DATASET, text(sign(word)), now=market.now)
    missing = text(sign(replace(word, version=3)))
    with pytest.raises(NotFound, match="no-dataset"):
        drop_version(market.platform, market.olga, DATASET, missing, now=market.now)
    assert market.catalogue.version(DATASET, 1).is_stored
