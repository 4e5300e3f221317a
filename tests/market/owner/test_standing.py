"""The owner's word on a dataset: the agent has it first, whatever the portal answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world.declarations import COUNT
from world.live_market import LiveMarket, forged_evaluation, live_market, now
from world.loopback import free_port

from crypto.errors import CryptoError
from market.agent import release
from market.client.http.api import PortalClient
from market.entities.job import Job
from market.errors import Conflict, NotFound, Refused, Unavailable
from market.owner.word.grants import newest_holding
from market.owner.word.standing import change_standing
from market.records.signed import Signed, sign_record
from market.records.standing import Standing, StandingWord
from market.services.compute.evaluate_job import evaluate_job
from market.vault.holdings import read_holding
from market.vault.layout import dataset_path, version_path
from market.vault.standings import keep_standing, read_standing, take_standing
from market.vault.store.replies import find_replies

pytestmark = pytest.mark.stories


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as made:
        made.publish()
        yield made


def say(
    market: LiveMarket,
    state: StandingWord | None = None,
    *,
    portal: PortalClient | None = None,
    **word: Any,
) -> Standing:
    return change_standing(
        portal or market.client("olga", "owner"),
        market.keys["olga"],
        market.home,
        "visits",
        state=state,
        now=now(),
        **word,
    )


def kept(market: LiveMarket) -> Signed[Standing] | None:
    return read_standing(market.home, "visits", market.keys["olga"].public.hex)


def refused(market: LiveMarket, job: Job) -> str:
    """The code of the refusal the buyer reads."""
    assert "release" not in find_replies(market.store, job.job)
    ended = market.job(job)
    assert ended.state == "refused", (ended.state, ended.end.message)
    return ended.end.code


def test_words_are_numbered_and_kept_by_agent_and_portal(market: LiveMarket) -> None:
    for number, state in enumerate(("paused", "listed", "withdrawn"), start=1):
        assert say(market, state).number == number  # type: ignore[arg-type]
        shown = market.platform.catalogue.dataset("visits").signed_standing
        assert shown == kept(market)
        assert shown is not None
        assert shown.record.state == state
    with pytest.raises(Conflict, match="standing-final"):
        say(market, "listed")


def test_same_word_again_is_sent_as_it_was(market: LiveMarket) -> None:
    first = say(market, "paused")
    assert say(market, "paused") == first
    assert len(list((dataset_path(market.home, "visits") / "standings").iterdir())) == 1


def test_agent_obeys_while_the_portal_is_away_and_the_same_word_tells_it(
    market: LiveMarket,
) -> None:
    job = market.requested(COUNT)
    away = PortalClient(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable):
        say(market, "paused", portal=away)
    away.close()
    assert market.platform.catalogue.dataset("visits").standing == "listed"
    market.step()
    assert refused(market, job) == "dataset-paused"
    assert say(market, "paused").number == 1
    assert market.platform.catalogue.dataset("visits").standing == "paused"


@pytest.mark.parametrize("state", ["paused", "withdrawn"])
def test_what_was_approved_and_not_released_is_refused_and_costs_nothing(
    market: LiveMarket, state: StandingWord
) -> None:
    job = market.evaluated(COUNT)
    say(market, state)
    market.step()
    assert refused(market, job) == f"dataset-{state}"
    balance = market.platform.ledger.balance(
        f"lineage/{read_holding(market.home, 'visits', 1).manifest.record.lineages[0]}/1"
    )
    assert (balance.spent_units, balance.reserved_units) == (0, 0)


def test_resumed_dataset_is_answered_again(market: LiveMarket) -> None:
    say(market, "paused")
    say(market, "listed")
    market.released(COUNT)


def test_word_said_while_shares_are_computed_stops_the_release(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = market.evaluated(COUNT)
    compute = release.compute_shares

    def slow(*arguments: Any) -> Any:
        shares = compute(*arguments)
        say(market, "withdrawn")
        return shares

    monkeypatch.setattr(release, "compute_shares", slow)
    market.step()
    assert refused(market, job) == "dataset-withdrawn"


def test_another_identity_and_another_dataset_are_refused(market: LiveMarket) -> None:
    owner = market.client("olga", "owner")
    with pytest.raises(Refused, match="owner-key"):
        change_standing(owner, market.keys["eve"], market.home, "visits", state="paused", now=now())
    with pytest.raises(NotFound, match="not-held"):
        change_standing(
            owner, market.keys["olga"], market.home, "others", state="paused", now=now()
        )


def test_standing_of_anybody_else_damages_the_holding_and_releases_nothing(
    market: LiveMarket,
) -> None:
    job = market.evaluated(COUNT)
    forged = sign_record(market.keys["eve"], Standing("visits", 1, "listed", (), now()))
    path = dataset_path(market.home, "visits") / "standings" / "1.json"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(forged.encode())
    with pytest.raises(Refused, match="holding-damaged"):
        read_holding(market.home, "visits", 1)
    market.step()
    assert market.job(job).state == "evaluated"
    path.write_bytes(
        sign_record(market.keys["olga"], Standing("visits", 2, "listed", (), 1)).encode()
    )
    with pytest.raises(Refused, match="holding-damaged"):
        read_holding(market.home, "visits", 1)


def test_older_word_is_not_kept_and_nothing_follows_a_withdrawal(market: LiveMarket) -> None:
    def word(number: int, state: StandingWord) -> Signed[Standing]:
        return sign_record(market.keys["olga"], Standing("visits", number, state, (), 1))

    assert keep_standing(market.home, word(4, "paused"))
    assert not keep_standing(market.home, word(4, "paused"))
    for late in (word(4, "listed"), word(3, "listed")):
        with pytest.raises(Conflict, match="standing-outdated"):
            keep_standing(market.home, late)
    assert keep_standing(market.home, word(5, "withdrawn"))
    with pytest.raises(Conflict, match="standing-final"):
        keep_standing(market.home, word(6, "listed"))
    # Even a later word put beside it takes nothing back.
    path = dataset_path(market.home, "visits") / "standings" / "6.json"
    path.write_bytes(word(6, "listed").encode())
    path.chmod(0o600)
    last = kept(market)
    assert last is not None
    assert last.record.state == "withdrawn"


@pytest.mark.parametrize(
    "shown", [None, [], {}, {"signed_standing": 7}, {"signed_standing": ""}], ids=str
)
def test_nonsense_shown_by_the_portal_is_no_word(market: LiveMarket, shown: Any) -> None:
    owner = market.keys["olga"].public.hex
    assert not take_standing(market.home, "visits", shown, owner=owner)
    forged = sign_record(market.platform.identity, Standing("visits", 9, "withdrawn", (), 1))
    answer = {"signed_standing": forged.encode().decode()}
    assert not take_standing(market.home, "visits", answer, owner=owner)
    assert kept(market) is None


def test_agent_behind_the_portal_takes_the_next_number(market: LiveMarket) -> None:
    say(market, "paused")
    say(market, "listed")
    for found in (dataset_path(market.home, "visits") / "standings").iterdir():
        found.unlink()
    assert say(market, "paused").number == 3


def test_older_version_is_superseded_unless_the_owner_serves_it(market: LiveMarket) -> None:
    first, second = market.requested(COUNT), market.planned(COUNT)
    say(market, served_versions=(1,))
    market.publish(access="request")
    market.step()
    # Served, but under the newest policy: access is by grant now.
    assert refused(market, first) == "no-grant"
    with pytest.raises(Refused, match="version-unknown"):
        say(market, served_versions=(3,))
    say(market, served_versions=())
    assert market.job(second).end.code == "version-superseded"


def test_job_approved_before_the_next_version_is_refused_after_it(market: LiveMarket) -> None:
    job = market.evaluated(COUNT)
    market.publish()
    market.step()
    assert refused(market, job) == "version-superseded"
    assert "version 2 is current" in market.job(job).end.next_action


def test_version_on_its_way_does_not_lock_the_one_before_out(market: LiveMarket) -> None:
    market.publish(access="request")
    marker = version_path(market.home, "visits", 2) / "published"
    marker.unlink()
    assert newest_holding(market.home, "visits").listing.record.version == 1
    holding = read_holding(market.home, "visits", 1)
    assert holding.serving.refusal("visits", 1) is None
    assert holding.policy.access == "open"
    with pytest.raises(Refused, match="version-unpublished"):
        read_holding(market.home, "visits", 2).require_published()


def test_job_on_a_version_whose_publication_did_not_finish_waits(market: LiveMarket) -> None:
    market.publish()
    marker = version_path(market.home, "visits", 2) / "published"
    content = marker.read_bytes()
    marker.unlink()
    job = market.requested(COUNT)
    assert job.datasets[0].version == 2
    market.step()
    assert market.job(job).state == "requested"
    marker.write_bytes(content)
    market.step()
    evaluate_job(market.platform, market.job(job), now=now())
    market.step()
    assert market.job(job).state == "released"


def test_engine_that_refuses_is_answered_once(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = market.evaluated(COUNT)
    asked = []

    def outside(*_arguments: Any) -> Any:
        asked.append(1)
        raise CryptoError("a sum beyond the modulus")

    monkeypatch.setattr(release, "compute_shares", outside)
    market.step()
    market.step()
    assert refused(market, job) == "engine-refused"
    assert asked == [1]
    forged_evaluation(market, job, market.document(job, "approval"))
    market.step()
    assert asked == [1]


def test_version_whose_ciphertext_is_gone_is_not_promised(market: LiveMarket) -> None:
    market.publish()
    (due,) = market.platform.retention.due(since=now())
    market.platform.retention.begin(due, since=now(), now=now())
    with pytest.raises(Refused, match="version-dropped"):
        say(market, served_versions=(1,))
    assert kept(market) is None
    assert say(market, "paused").number == 1
