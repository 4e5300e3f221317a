"""market.ports.shared_results.SharedResults, on every implementation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.job_builders import a_job
from world.people import BEA, EVE, settle
from world.ports import Ports

from market.entities.shared_result import SharedWith
from market.errors import NotFound, Refused
from market.ports.jobs import Jobs

FIRST = SharedWith("job-1", "north-lab", "bob", "bea", "one", 1_000)
SECOND = SharedWith("job-2", "north-lab", "bea", "bob", "two", 2_000)


@pytest.fixture
def kept(ports: Ports, jobs: Jobs) -> Ports:
    settle(ports.people, BEA, EVE)
    for name in ("job-1", "job-2"):
        jobs.add(replace(a_job(), job=name, run=f"run of {name}"))
    for shared in (FIRST, SECOND):
        ports.shared_results.share(shared, most=2)
    return ports


def test_both_see_it_and_nobody_else(kept: Ports) -> None:
    shared = kept.shared_results
    assert shared.get("job-1", "bea") == FIRST
    assert shared.of_user("bob") == shared.of_user("bea") == [SECOND, FIRST]
    assert shared.of_organisation("north-lab") == [SECOND, FIRST]
    assert shared.of_user("eve") == shared.of_organisation("rival-lab") == []
    with pytest.raises(NotFound, match=r"no-shared-result.*job-1.*bob"):
        shared.get("job-1", "bob")


def test_sharing_again_takes_its_place_and_more_than_the_most_is_refused(kept: Ports) -> None:
    shared = kept.shared_results
    again = replace(FIRST, document="anew", shared_at=3_000)
    shared.share(again, most=2)
    assert shared.of_organisation("north-lab") == [again, SECOND]
    with pytest.raises(Refused, match=r"shared-full.*2.*2"):
        shared.share(replace(FIRST, recipient="eve"), most=2)
    assert shared.of_organisation("north-lab") == [again, SECOND]


def test_what_is_withdrawn_stays_as_a_line_and_counts_no_more(kept: Ports) -> None:
    shared = kept.shared_results
    for now in (3_000, 4_000):
        shared.withdraw("job-1", "bea", now=now)
        shared.withdraw("job-1", "bob", now=now)
    line = replace(FIRST, document="", withdrawn_at=3_000)
    assert shared.get("job-1", "bea") == line
    assert shared.of_user("bob") == [SECOND, line]
    third = replace(SECOND, recipient="bea", sharer="bob", document="three")
    shared.share(third, most=2)
    with pytest.raises(Refused, match=r"shared-full.*2.*2"):
        shared.share(FIRST, most=2)
    assert shared.get("job-1", "bea") == line
    shared.share(FIRST, most=3)
    assert shared.get("job-1", "bea") == FIRST


def test_given_is_what_one_receives_the_newest_first(kept: Ports) -> None:
    shared = kept.shared_results
    third = replace(SECOND, recipient="bea", sharer="bob")
    shared.share(third, most=3)
    assert shared.given_to("bea", limit=9) == [third, FIRST]
    assert shared.given_to("bea", limit=1) == [third]
    assert shared.given_to("eve", limit=9) == []


def test_what_is_put_away_or_old_is_gone(kept: Ports) -> None:
    shared = kept.shared_results
    shared.put_away("job-2", "bob")
    shared.put_away("job-2", "bob")
    assert shared.of_user("bob") == [FIRST]
    shared.forget_before(1_000)
    assert shared.of_user("bob") == [FIRST]
    shared.forget_before(1_001)
    assert shared.of_user("bob") == []


def test_last_reader_key_counts(kept: Ports) -> None:
    assert kept.shared_results.reader_key("bea") == ""
    kept.shared_results.put_reader_key("bea", "one")
    kept.shared_results.put_reader_key("bea", "two")
    assert kept.shared_results.reader_key("bea") == "two"


@pytest.mark.parametrize("user", ["bob", "bea"])
def test_whoever_is_removed_shares_and_reads_nothing_more(kept: Ports, user: str) -> None:
    for name in ("bob", "bea"):
        kept.shared_results.put_reader_key(name, name)
    kept.people.remove_user(user)
    assert kept.shared_results.reader_key(user) == ""
    assert kept.shared_results.of_organisation("north-lab") == []
    assert [kept.shared_results.reader_key(one) for one in ("bob", "bea")].count("") == 1
