"""An opened result goes to a colleague, who opens what the agent sealed and believes nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from world.people import a_key, fingerprint
from world.sealed_results import JOB, Story, released_job
from world.shared import ColleaguesPortal, bea, buyer_keyring, new_keyring, shared_by, shown

from crypto import canonical
from crypto.envelope import RecipientKey
from market import wire
from market.client.http.api import PortalClient
from market.client.kept.kept_question import kept_question
from market.client.kept.keys import Keyring
from market.client.results.colleagues import (
    compare_colleague,
    find_colleague,
    list_colleagues,
)
from market.client.results.open_result import OpenedResult, open_job
from market.client.results.open_shared import open_shared
from market.client.results.opened_results import opened_results
from market.client.results.share_result import opened_bundle, share_result
from market.errors import NotFound, Refused
from market.records.delivery import Bundle
from market.records.fingerprint_words import words_of
from market.records.shared_result import SharedResult
from market.records.signed import open_signed, sign_record

pytestmark = pytest.mark.stories

NOW = 1_750_000_100


@pytest.fixture
def story() -> Story:
    return released_job()


@pytest.fixture
def buyer(tmp_path: Path, story: Story) -> Keyring:
    """Whose home has opened the result."""
    keyring = buyer_keyring(tmp_path / "buyer", story)
    open_job(keyring.home, keyring, JOB, story.bundle(), platform_key=story.platform.public.hex)
    return keyring


@pytest.fixture
def reader(tmp_path: Path) -> Keyring:
    """Bea's, who has a reader key."""
    keyring = new_keyring(tmp_path / "bea", a_key("bea"))
    keyring.make_reader()
    return keyring


def kept_bundle(keyring: Keyring) -> bytes:
    return canonical.dumps(wire.to_json(opened_bundle(keyring.home, JOB)))


def opened(keyring: Keyring, story: Story, document: str, data: bytes) -> OpenedResult:
    key = story.platform.public.hex
    return open_shared(keyring.home, keyring, JOB, ("bob", document), data, platform_key=key)


def test_colleague_reads_what_the_buyer_read(buyer: Keyring, reader: Keyring, story: Story) -> None:
    portal = ColleaguesPortal(shown("bea", a_key("bea"), reader.reader()))
    colleague = find_colleague(cast("PortalClient", portal), "bea")
    compare_colleague(buyer.home, colleague, words_of(fingerprint("bea")))
    share_result(buyer.home, buyer, cast("PortalClient", portal), JOB, colleague, now=NOW)
    (told,) = portal.told
    assert told["recipient"] == "bea"
    assert story.recipient.private().reveal().hex() not in told["shared"]
    result = opened(reader, story, told["shared"], kept_bundle(buyer))
    kept = buyer.home.read_job(JOB, "result.json")
    assert kept is not None
    assert result.to_json() == json.loads(kept)
    (entry,) = opened_results(reader.home)
    assert entry.job == JOB
    assert kept_question(reader.home, JOB) == kept_question(buyer.home, JOB)
    # The job's own key is not kept: they read this answer, and hand nothing on.
    assert reader.home.read_job(JOB, "recipient.key") is None
    compare_colleague(reader.home, colleague, words_of(fingerprint("bea")))
    with pytest.raises(NotFound, match="not-signed-here"):
        share_result(reader.home, reader, cast("PortalClient", portal), JOB, colleague, now=NOW)


def test_nothing_is_sealed_to_a_key_that_nobody_compared(buyer: Keyring, reader: Keyring) -> None:
    portal = cast("PortalClient", ColleaguesPortal(shown("bea", a_key("bea"), reader.reader())))
    colleague = find_colleague(portal, "bea")
    with pytest.raises(Refused, match="not-compared"):
        share_result(buyer.home, buyer, portal, JOB, colleague, now=NOW)
    for words, code in (("", "not-compared"), ("one two", "key-malformed")):
        with pytest.raises(Refused, match=code):
            compare_colleague(buyer.home, colleague, words)
    assert cast("ColleaguesPortal", portal).told == []


def test_what_was_not_opened_is_not_shared(tmp_path: Path, story: Story, reader: Keyring) -> None:
    keyring = buyer_keyring(tmp_path / "unopened", story)
    portal = cast("PortalClient", ColleaguesPortal())
    compare_colleague(keyring.home, bea(reader), words_of(fingerprint("bea")))
    with pytest.raises(NotFound, match="not-opened"):
        share_result(keyring.home, keyring, portal, JOB, bea(reader), now=NOW)


def test_shown_keys_are_signed_by_whose_they_are_said_to_be(reader: Keyring) -> None:
    for line in (
        shown("bea", a_key("bea"), reader.reader()) | {"identity_key": a_key("eve").public.hex},
        shown("bea", a_key("bea"), reader.reader(), of="eve"),
        shown("bea", a_key("bea"), reader.reader()) | {"reader_key": "{}"},
    ):
        with pytest.raises(Refused, match=r"colleague-key-invalid.*bea"):
            list_colleagues(cast("PortalClient", ColleaguesPortal(line)))


def test_opened_bundle_is_the_one_behind_the_result(buyer: Keyring, story: Story) -> None:
    good = kept_bundle(buyer)
    other = story.released_anew(header={"job": "job-other"})
    buyer.home.write_job(JOB, "bundle.json", b"not a bundle")
    buyer.home.write_job(JOB, "bundle-0000.json", other)
    buyer.home.write_job(JOB, "bundle-1111.json", good)
    assert kept_bundle(buyer) == good
    buyer.home.write_job(JOB, "bundle-1111.json", other)
    with pytest.raises(Refused, match="result-unreadable"):
        opened_bundle(buyer.home, JOB)


def test_document_for_somebody_else_or_another_job_opens_nothing(
    buyer: Keyring, reader: Keyring, tmp_path: Path, story: Story
) -> None:
    data = kept_bundle(buyer)
    hugo = new_keyring(tmp_path / "hugo", a_key("hugo"))
    hugo.make_reader()
    document = shared_by(story, bea(reader), data)
    with pytest.raises(Refused, match=r"shared-invalid.*recipient"):
        opened(hugo, story, document, data)
    signed = open_signed(SharedResult, document.encode()).record
    renamed = replace(signed, header=replace(signed.header, job="job-another"))
    text = sign_record(story.buyer, renamed).encode().decode()
    with pytest.raises(Refused, match=r"shared-invalid.*job"):
        opened(reader, story, text, data)
    resealed = replace(signed, header=replace(signed.header, issued_at=1))
    text = sign_record(story.buyer, resealed).encode().decode()
    with pytest.raises(Refused, match=r"shared-invalid.*does not open"):
        opened(reader, story, text, data)
    assert reader.home.read_job(JOB, "result.json") is None


def test_key_that_was_lost_is_told_from_a_lie(
    buyer: Keyring, reader: Keyring, story: Story
) -> None:
    data = kept_bundle(buyer)
    document = shared_by(story, bea(reader), data)
    reader.home.reader_path.unlink()
    with pytest.raises(NotFound, match="no-reader-key"):
        opened(reader, story, document, data)
    reader.make_reader()
    with pytest.raises(Refused, match="shared-to-another-key"):
        opened(reader, story, document, data)


def test_key_of_another_job_opens_nothing(buyer: Keyring, reader: Keyring, story: Story) -> None:
    data = kept_bundle(buyer)
    document = shared_by(story, bea(reader), data, key=RecipientKey.generate())
    with pytest.raises(Refused, match=r"result-invalid.*recipient key"):
        opened(reader, story, document, data)


def test_sharer_with_another_key_than_before_is_refused(
    buyer: Keyring, reader: Keyring, story: Story
) -> None:
    data = kept_bundle(buyer)
    document = shared_by(story, bea(reader), data)
    compare_colleague(
        reader.home,
        replace(bea(reader), user="bob", key=a_key("bob").public.hex),
        words_of(fingerprint("bob")),
    )
    with pytest.raises(Refused, match="colleague-key-changed"):
        opened(reader, story, document, data)


def test_bundle_is_whole(buyer: Keyring) -> None:
    assert wire.decode(Bundle, kept_bundle(buyer)).receipts
