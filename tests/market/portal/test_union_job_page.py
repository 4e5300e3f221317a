"""The page of a job that asks two owners together: it tells them apart by their datasets."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from world.builders import DATASET
from world.union_market import OLGAS, OSCARS, SECOND
from world.union_portal import UnionPortal

from market.entities.job import Job
from market.services.compute.evaluate_job import evaluate_job


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> UnionPortal:
    return UnionPortal(home=tmp_path_factory.mktemp("portal"))


def read(market: UnionPortal, path: str, name: str = "bob") -> str:
    """A page's text, as somebody reads it."""
    answer = market.browser(name).get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.text)))


def every_state(market: UnionPortal) -> list[Job]:
    halfway = market.evaluated()
    market.release(halfway, OLGAS)
    released = market.evaluated()
    for party in released.parties:
        market.release(released, party)
    jobs = [market.submit(), market.planned(), market.requested(), market.approved()]
    return [*jobs, market.evaluated(), halfway, market.job(released)]


@pytest.mark.parametrize("name", ["bob", "olga", "oscar"])
def test_no_state_is_told_as_of_one_owner(market: UnionPortal, name: str) -> None:
    for job in every_state(market):
        text = read(market, f"/jobs/{job.job}", name)
        assert job.facts[job.state].label in text
        assert not re.search(r"\bthe owner(['’]s)?\b", text, re.IGNORECASE), text
        assert "in the owners’ names for the columns" in text or job.state == "submitted"


def test_timeline_says_who_approved_and_whose_receipt_it_is(market: UnionPortal) -> None:
    job = market.requested()
    market.approve_by(job, OLGAS)
    waiting = read(market, f"/jobs/{job.job}")
    assert f"The agent of {DATASET} approved the request." in waiting
    assert "Waits for every owner's agent" in waiting
    evaluated = evaluate_job(market.platform, market.approve_by(job, OSCARS), now=market.now)
    market.release(evaluated, OSCARS)
    text = read(market, f"/jobs/{job.job}")
    assert re.search(rf"Receipt \S+ of {SECOND}: rho \S+ spent", text)
    assert f"Receipt for {SECOND}" in text
    assert "Waits for every owner's agent to release" in text


def test_job_that_nobody_ended_in_time_says_that_an_owner_was_late(market: UnionPortal) -> None:
    job = market.requested()
    market.approve_by(job, OSCARS)
    assert "Not every owner's approval came in time." in read(
        market, f"/jobs/{market.expired(market.job(job)).job}"
    )


@pytest.mark.parametrize("path", ["/consortia", f"/datasets/{DATASET}", f"/datasets/{SECOND}"])
def test_page_says_that_two_owners_are_enough(market: UnionPortal, path: str) -> None:
    assert re.search(r"[Tt]wo owners are enough", read(market, path, "olga"))


def test_page_of_one_owners_job_speaks_of_one(tmp_path: Path) -> None:
    market = UnionPortal(home=tmp_path)
    text = read(market, f"/jobs/{market.requested(dataset=DATASET).job}")
    assert "Waits for the owner's agent" in text
