"""The owner's word on a dataset: the agent has it first, whatever the portal answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_house import COUNT, AgentHouse, agent_house, forge, forged_evaluation, free_port, now

from crypto.errors import CryptoError
from market.agent import answer, release
from market.agent.loop import collect
from market.client.api import PortalClient
from market.entities.job import Job
from market.errors import Conflict, NotFound, Refused, Unavailable
from market.owner.grants import newest_holding
from market.owner.standing import change_standing
from market.records.signed import Signed, sign_record
from market.records.standing import Standing, StandingWord
from market.services.evaluate_job import evaluate_job
from market.vault.holdings import read_holding
from market.vault.layout import dataset_path, version_path
from market.vault.standings import keep_standing, read_standing, take_standing
from market.vault.store.replies import find_replies


@pytest.fixture
def house(tmp_path: Path) -> Iterator[AgentHouse]:
    with agent_house(tmp_path) as made:
        made.publish()
        yield made


def say(
    house: AgentHouse,
    state: StandingWord | None = None,
    *,
    portal: PortalClient | None = None,
    **word: Any,
) -> Standing:
    return change_standing(
        portal or house.client("olga", "owner"),
        house.keys["olga"],
        house.home,
        "visits",
        state=state,
        now=now(),
        **word,
    )


def kept(house: AgentHouse) -> Signed[Standing] | None:
    return read_standing(house.home, "visits", house.keys["olga"].public.hex)


def refused(house: AgentHouse, job: Job) -> str:
    """The code of the refusal the buyer reads."""
    assert "release" not in find_replies(house.store, job.job)
    ended = house.job(job)
    assert ended.state == "refused", (ended.state, ended.message)
    return ended.code


def test_words_are_numbered_and_kept_by_agent_and_portal(house: AgentHouse) -> None:
    for number, state in enumerate(("paused", "listed", "withdrawn"), start=1):
        assert say(house, state).number == number  # type: ignore[arg-type]
        shown = house.platform.catalogue.dataset("visits").signed_standing
        assert shown == kept(house)
        assert shown is not None
        assert shown.record.state == state
    with pytest.raises(Conflict, match="dataset-withdrawn"):
        say(house, "listed")


def test_same_word_again_is_sent_as_it_was(house: AgentHouse) -> None:
    first = say(house, "paused")
    assert say(house, "paused") == first
    assert len(list((dataset_path(house.home, "visits") / "standings").iterdir())) == 1


def test_agent_obeys_while_the_portal_is_away_and_the_same_word_tells_it(
    house: AgentHouse,
) -> None:
    job = house.requested(COUNT)
    away = PortalClient(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable):
        say(house, "paused", portal=away)
    away.close()
    assert house.platform.catalogue.dataset("visits").standing == "listed"
    house.step()
    assert refused(house, job) == "dataset-paused"
    assert say(house, "paused").number == 1
    assert house.platform.catalogue.dataset("visits").standing == "paused"


@pytest.mark.parametrize("state", ["paused", "withdrawn"])
def test_what_was_approved_and_not_released_is_refused_and_costs_nothing(
    house: AgentHouse, state: StandingWord
) -> None:
    job = house.evaluated(COUNT)
    say(house, state)
    house.step()
    assert refused(house, job) == f"dataset-{state}"
    balance = house.platform.ledger.balance(
        f"lineage/{read_holding(house.home, 'visits', 1).manifest.record.lineages[0]}/1"
    )
    assert (balance.spent_units, balance.reserved_units) == (0, 0)


def test_resumed_dataset_is_answered_again(house: AgentHouse) -> None:
    say(house, "paused")
    say(house, "listed")
    house.released(COUNT)


def test_word_said_while_shares_are_computed_stops_the_release(
    house: AgentHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = house.evaluated(COUNT)
    compute = release.compute_halves

    def slow(*arguments: Any) -> Any:
        shares = compute(*arguments)
        say(house, "withdrawn")
        return shares

    monkeypatch.setattr(release, "compute_halves", slow)
    house.step()
    assert refused(house, job) == "dataset-withdrawn"


def test_another_identity_and_another_dataset_are_refused(house: AgentHouse) -> None:
    owner = house.client("olga", "owner")
    with pytest.raises(Refused, match="owner-key"):
        change_standing(owner, house.keys["eve"], house.home, "visits", state="paused", now=now())
    with pytest.raises(NotFound, match="not-held"):
        change_standing(owner, house.keys["olga"], house.home, "others", state="paused", now=now())


def test_standing_of_anybody_else_damages_the_holding_and_releases_nothing(
    house: AgentHouse,
) -> None:
    job = house.evaluated(COUNT)
    forged = sign_record(house.keys["eve"], Standing("visits", 1, "listed", (), now()))
    path = dataset_path(house.home, "visits") / "standings" / "1.json"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(forged.encode())
    with pytest.raises(Refused, match="holding-damaged"):
        read_holding(house.home, "visits", 1)
    house.step()
    assert house.job(job).state == "evaluated"
    path.write_bytes(
        sign_record(house.keys["olga"], Standing("visits", 2, "listed", (), 1)).encode()
    )
    with pytest.raises(Refused, match="holding-damaged"):
        read_holding(house.home, "visits", 1)


def test_older_word_is_not_kept_and_nothing_follows_a_withdrawal(house: AgentHouse) -> None:
    def word(number: int, state: StandingWord) -> Signed[Standing]:
        return sign_record(house.keys["olga"], Standing("visits", number, state, (), 1))

    assert keep_standing(house.home, word(4, "paused"))
    assert not keep_standing(house.home, word(4, "paused"))
    for late in (word(4, "listed"), word(3, "listed")):
        with pytest.raises(Conflict, match="standing-outdated"):
            keep_standing(house.home, late)
    assert keep_standing(house.home, word(5, "withdrawn"))
    with pytest.raises(Conflict, match="dataset-withdrawn"):
        keep_standing(house.home, word(6, "listed"))
    # Even a later word put beside it takes nothing back.
    path = dataset_path(house.home, "visits") / "standings" / "6.json"
    path.write_bytes(word(6, "listed").encode())
    path.chmod(0o600)
    last = kept(house)
    assert last is not None
    assert last.record.state == "withdrawn"


@pytest.mark.parametrize(
    "shown", [None, [], {}, {"signed_standing": 7}, {"signed_standing": ""}], ids=str
)
def test_nonsense_shown_by_the_portal_is_no_word(house: AgentHouse, shown: Any) -> None:
    owner = house.keys["olga"].public.hex
    assert not take_standing(house.home, "visits", shown, owner=owner)
    forged = sign_record(house.platform.identity, Standing("visits", 9, "withdrawn", (), 1))
    answer = {"signed_standing": forged.encode().decode()}
    assert not take_standing(house.home, "visits", answer, owner=owner)
    assert kept(house) is None


def test_agent_behind_the_portal_takes_the_next_number(house: AgentHouse) -> None:
    say(house, "paused")
    say(house, "listed")
    for found in (dataset_path(house.home, "visits") / "standings").iterdir():
        found.unlink()
    assert say(house, "paused").number == 3


def test_older_version_is_superseded_unless_the_owner_serves_it(house: AgentHouse) -> None:
    first, second = house.requested(COUNT), house.planned(COUNT)
    say(house, served_versions=(1,))
    house.publish(access="request")
    house.step()
    # Served, but under the newest policy: access is by grant now.
    assert refused(house, first) == "no-grant"
    with pytest.raises(Refused, match="version-unknown"):
        say(house, served_versions=(3,))
    say(house, served_versions=())
    assert house.job(second).code == "version-superseded"


def test_job_approved_before_the_next_version_is_refused_after_it(house: AgentHouse) -> None:
    job = house.evaluated(COUNT)
    house.publish()
    house.step()
    assert refused(house, job) == "version-superseded"
    assert "version 2 is current" in house.job(job).next_action


def test_version_on_its_way_does_not_lock_the_one_before_out(house: AgentHouse) -> None:
    house.publish(access="request")
    marker = version_path(house.home, "visits", 2) / "published"
    marker.unlink()
    assert newest_holding(house.home, "visits").listing.record.version == 1
    holding = read_holding(house.home, "visits", 1)
    assert holding.serving.refusal("visits", 1) is None
    assert holding.policy.access == "open"
    with pytest.raises(Refused, match="version-unpublished"):
        read_holding(house.home, "visits", 2).require_published()


def test_job_on_a_version_whose_publication_did_not_finish_waits(house: AgentHouse) -> None:
    house.publish()
    marker = version_path(house.home, "visits", 2) / "published"
    content = marker.read_bytes()
    marker.unlink()
    job = house.requested(COUNT)
    assert job.version == 2
    house.step()
    assert house.job(job).state == "requested"
    marker.write_bytes(content)
    house.step()
    evaluate_job(house.platform, house.job(job), now=now())
    house.step()
    assert house.job(job).state == "released"


def test_documents_that_do_not_verify_are_read_once(
    house: AgentHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = house.requested(COUNT)
    forge(house, job, plan=(house.job(job).plan or "").replace("people", "person"))
    agent = house.agent()
    read, reads = answer.read_question, []

    def counted(*arguments: Any) -> Any:
        reads.append(arguments[0].job)
        return read(*arguments)

    monkeypatch.setattr(answer, "read_question", counted)
    for _round in range(3):
        collect(agent, now=now())
    assert reads == [job.job]
    forge(house, job, plan=(house.job(job).plan or "").replace("person", "people"))
    collect(agent, now=now())
    assert reads == [job.job] * 2
    assert agent.left_alone == set()


def test_engine_that_refuses_is_answered_once(
    house: AgentHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = house.evaluated(COUNT)
    asked = []

    def outside(*_arguments: Any) -> Any:
        asked.append(1)
        raise CryptoError("a sum beyond the modulus")

    monkeypatch.setattr(release, "compute_halves", outside)
    house.step()
    house.step()
    assert refused(house, job) == "engine-refused"
    assert asked == [1]
    forged_evaluation(house, job, house.job(job).approval)
    house.step()
    assert asked == [1]
