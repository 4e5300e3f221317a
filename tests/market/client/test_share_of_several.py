"""A colleague opens what several owners, or a consortium's members, answered, and works on it."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from world.declarations import COUNT
from world.live_union import LiveUnion, live_union
from world.members_market import MembersMarket
from world.people import BEA, OSCAR, a_key, fingerprint, settle
from world.shared import home_of_asker, new_keyring

from market.client.analysis.comparison import frame_of
from market.client.analysis.result import Result
from market.client.analysis.result_files import FORMATS, result_files
from market.client.kept.keys import Keyring
from market.client.kept.pins import member_name, pin_compared
from market.client.results.colleagues import (
    Colleague,
    compare_colleague,
    find_colleague,
    register_keys,
    signed_reader_key,
)
from market.client.results.compare_results import compared
from market.client.results.open_result import OpenedResult, open_job
from market.client.results.open_shared import fetch_and_open, open_shared
from market.client.results.opened_answers import answers_in
from market.client.results.opened_results import opened_result
from market.client.results.share_result import opened_bundle, sealed_to, share_result, shared_header
from market.entities.job import Job
from market.errors import Refused
from market.records.fingerprint_words import words_of
from market.records.union import Values
from market.services.people.register_reader_key import register_reader_key
from market.services.release.deliver_result import deliver_result
from market.services.release.share_result import read_shared
from market.services.release.share_result import share_result as keep_shared

pytestmark = pytest.mark.stories

UNIT = 1 << 30
QUESTION = """
def build(ds):
    return {"rows": ds.count(), "regions": ds["region"].histogram()}
"""


def require_usable(keyring: Keyring, result: OpenedResult, *others: str) -> None:
    """Exports, notebook and comparison work in the home that a result was shared with."""
    home, job = keyring.home, result.job
    document = opened_result(home, job)
    for kind in FORMATS:
        assert all(result_files(home, document, kind).values())
    (table,) = result_files(home, document, "csv").values()
    assert {row["statistic"] for row in csv.DictReader(StringIO(table.decode()))} == {
        answer.name for answer in result.answers
    }
    assert "The question is not kept" not in Result(home, document)._repr_html_()
    names = [job, *others]
    parts = [(name, answers_in(opened_result(home, name)["answers"])) for name in names]
    if others:
        frame = frame_of(names, compared(parts))
        assert list(frame.columns.get_level_values(0).unique()) == [*names, ""]
        assert len(frame) == sum(len(answer.cells) for answer in result.answers)


def shared_over_http(market: LiveUnion, job: Job, sharer: Keyring, reader: Keyring) -> None:
    """Bob shares with bea, through the portal."""
    register_keys(market.client("bea", "client"), reader, "bea", now=market.now)
    portal = market.client("bob", "client")
    colleague = find_colleague(portal, "bea")
    compare_colleague(sharer.home, colleague, words_of(fingerprint("bea")))
    share_result(sharer.home, sharer, portal, job.job, colleague, now=market.now)


@pytest.mark.parametrize("values", ["masked", "plain"])
def test_colleague_opens_what_two_owners_answered(tmp_path: Path, values: Values) -> None:
    with live_union(tmp_path, values=values) as market:
        settle(market.people, BEA)
        platform_key = market.platform.identity.public.hex
        reader = new_keyring(tmp_path / "bea", a_key("bea"))
        results = []
        for _ in range(2):
            job = market.released(COUNT)
            sharer = home_of_asker(
                tmp_path / "bob",
                a_key("bob"),
                job.job,
                market.recipients[job.job],
                market.document(job, "request"),
            )
            data = market.bundle_bytes(job)
            own = open_job(sharer.home, sharer, job.job, data, platform_key=platform_key)
            shared_over_http(market, job, sharer, reader)
            opened = fetch_and_open(
                reader.home,
                reader,
                market.client("bea", "client"),
                job.job,
                platform_key=platform_key,
            )
            assert opened == own
            results.append(opened)
        first, second = results
        assert first.values == values
        assert len(first.by_dataset) == (0 if values == "masked" else 2)
        require_usable(reader, second, first.job)


def members_result(
    market: MembersMarket, root: Path, job: Job, *, accepts: bool = False
) -> tuple[Keyring, OpenedResult]:
    """Olga's home, and what was opened there."""
    keyring = home_of_asker(
        root, a_key("olga"), job.job, market.recipient, market.document(job, "request")
    )
    data = deliver_result(market.platform, market.user("olga"), job.job)
    key = a_key("platform").public.hex
    opened = open_job(
        keyring.home, keyring, job.job, data, platform_key=key, accepts_unverified=accepts
    )
    return keyring, opened


def shared_with_oscar(market: MembersMarket, job: Job, sharer: Keyring, reader: Keyring) -> str:
    """What the platform keeps for oscar, once olga has sealed it to oscar."""
    register_reader_key(
        market.platform,
        market.user("oscar"),
        signed_reader_key(a_key("oscar"), reader.make_reader(), "oscar", now=market.now),
    )
    colleague = Colleague("oscar", "Oscar", a_key("oscar").public.hex, reader.reader().public_hex)
    header = shared_header(
        opened_bundle(sharer.home, job.job), a_key("olga").public.hex, colleague, now=market.now
    )
    text = sealed_to(colleague, header, market.recipient, a_key("olga"))
    keep_shared(market.platform, market.user("olga"), "oscar", text, now=market.now)
    return read_shared(market.platform, market.user("oscar"), job.job).document


def opened_by_oscar(
    market: MembersMarket, job: Job, reader: Keyring, document: str, *, accepts: bool = False
) -> OpenedResult:
    return open_shared(
        reader.home,
        reader,
        job.job,
        ("olga", document),
        deliver_result(market.platform, market.user("oscar"), job.job),
        platform_key=a_key("platform").public.hex,
        accepts_unverified=accepts,
    )


@pytest.fixture
def market() -> MembersMarket:
    """Olga asks; oscar is of the same organisation, and no recipient of the agreement."""
    market = MembersMarket()
    settle(market.people, OSCAR)
    return market


@pytest.fixture
def reader(tmp_path: Path) -> Keyring:
    """Oscar's."""
    return new_keyring(tmp_path / "oscar", a_key("oscar"))


def test_colleague_opens_what_members_answered(
    market: MembersMarket, reader: Keyring, tmp_path: Path
) -> None:
    results = []
    for value in (100, 120):
        job = market.sealed(QUESTION)
        sums = {one.output: value * UNIT for one in market.quote_of(job).outputs}
        job = market.release_all(job, sums)
        sharer, own = members_result(market, tmp_path / "olga", job)
        document = shared_with_oscar(market, job, sharer, reader)
        opened = opened_by_oscar(market, job, reader, document)
        assert opened == own
        assert opened.session is not None
        results.append(opened)
    require_usable(reader, results[1], results[0].job)


def test_colleague_decides_anew_on_what_members_left_unverified(
    market: MembersMarket, reader: Keyring, tmp_path: Path
) -> None:
    job = market.sealed(QUESTION)
    shares = market.shares_of(job, {one.output: 100 * UNIT for one in market.quote_of(job).outputs})
    *delivering, silent = job.parties
    for party, own in zip(delivering, shares, strict=False):
        market.release_of_member(job, party, own)
    job = market.abort(job, silent)
    sharer, own = members_result(market, tmp_path / "olga", job, accepts=True)
    document = shared_with_oscar(market, job, sharer, reader)
    with pytest.raises(Refused, match=r"result-unverified.*did not deliver"):
        opened_by_oscar(market, job, reader, document)
    assert opened_by_oscar(market, job, reader, document, accepts=True) == own


def test_colleague_knows_a_member_by_another_key(
    market: MembersMarket, reader: Keyring, tmp_path: Path
) -> None:
    job = market.sealed(QUESTION)
    job = market.release_all(job, {one.output: 100 * UNIT for one in market.quote_of(job).outputs})
    sharer, _own = members_result(market, tmp_path / "olga", job)
    document = shared_with_oscar(market, job, sharer, reader)
    pin_compared(
        reader.home,
        "member",
        member_name(market.name, "couriers"),
        fingerprint("eve"),
        may_replace=False,
    )
    with pytest.raises(Refused, match=r"member-key-changed.*couriers"):
        opened_by_oscar(market, job, reader, document)
    assert reader.home.read_job(job.job, "result.json") is None
