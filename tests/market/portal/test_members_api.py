"""A consortium's job over the API, in the shapes the installed client and agents read."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from world.browser import Browser
from world.market import REPOSITORY
from world.members_market import MembersMarket

from market import wire
from market.client.http.answers import read_answer
from market.client.verify.consortium import rebuild_consortium
from market.portal.app import create_app
from market.records.delivery import Bundle
from market.services.access.refresh_forms import refresh_forms
from market.services.compute.plan_job import plan_job
from market.services.compute.seal_job import seal_job
from market.settings import Settings

ROWS = {"#valid": 900 << 30}


class Api:
    """The portal's API before a market of members; every answer is read as the client reads it."""

    def __init__(self, home: Path) -> None:
        self.market = MembersMarket(entropy=secrets.token_bytes)
        settings = Settings(home=home, public_url="http://127.0.0.1:8420")
        app = create_app(self.market.platform, settings, clock=lambda: self.market.now)
        self.browser = Browser(app, settings.portal_url)

    def ask(self, user: str, method: str, path: str, scope: str = "agent", **body: Any) -> Any:
        token = self.market.people.issue_token(
            user, ("client", scope), "t", now=self.market.now, lifetime_seconds=3_600
        )
        answer = self.browser.send(
            method,
            f"/api/v1/{path}",
            json=body or None,
            headers={"Authorization": f"Bearer {token}"},
        )
        if answer.status_code >= 400:
            return answer.json()
        return read_answer(method, path, answer.content)


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return Api(tmp_path)


def test_job_of_members_from_submission_to_bundle(api: Api) -> None:
    market = api.market
    commit = market.programs.commit(market.question)
    refresh_forms(market.platform, now=market.now)
    shown = api.ask(
        "olga",
        "POST",
        "jobs",
        repository=REPOSITORY,
        commit=commit,
        dataset=market.name,
        epsilon="0.5",
        recipient="carol",
        verified="yes",
    )
    assert (shown["engine"], shown["verified"], shown["buyer"]) == ("members", True, "carol")
    job = plan_job(market.platform, market.jobs.get(shown["job"]), now=market.now)
    told = api.ask("carol", "GET", f"jobs/{job.job}")
    assert rebuild_consortium(told["consortium"]) == market.consortium
    assert told["publications"] == []
    assert [one["organisation"] for one in told["answers"]] == [
        member.organisation for member in market.agreement.members
    ]
    api.ask("carol", "POST", f"jobs/{job.job}/request", request=market.request(job))
    job = market.job(job)
    assert job.state == "requested"
    for party in job.parties:
        user = market.user_of(party).user
        (line,) = api.ask(user, "GET", "agent/work")
        assert line["own"] == [{"dataset": market.name, "version": 1, "edition": 1}]
        assert (line["joins"], line["approval"], line["state"]) == ([], None, "requested")
        approval, join = market.approval_of(job, party), market.join_of(job, party)
        api.ask(user, "POST", f"jobs/{job.job}/approval", approval=approval, join=join)
    job = seal_job(market.platform, market.job(job), now=market.now)
    shares = market.shares_of(job, ROWS)
    for party, own in zip(job.parties, shares, strict=True):
        user = market.user_of(party).user
        (line,) = api.ask(user, "GET", "agent/work")
        assert len(line["joins"]) == 3
        envelope, receipt = market.release_texts_of(job, party, own)
        api.ask(user, "POST", f"jobs/{job.job}/release", envelope=envelope, receipt=receipt)
    assert market.job(job).state == "released"
    answer = api.browser.send(
        "GET",
        f"/api/v1/jobs/{job.job}/bundle",
        headers={
            "Authorization": "Bearer "
            + market.people.issue_token(
                "carol", ("client",), "b", now=market.now, lifetime_seconds=3_600
            )
        },
    )
    assert len(wire.decode(Bundle, answer.content).envelopes) == 3


def test_abort_over_the_api_says_who_and_where(api: Api) -> None:
    market = api.market
    job = market.sealed()
    first, second, _ = job.parties
    user = market.user_of(first).user
    word = market.abort_text(job, first, accused=second)
    shown = api.ask(user, "POST", f"jobs/{job.job}/abort", abort=word)
    assert (shown["state"], shown["code"]) == ("failed", "session-aborted")
    assert market.agreement.member_of(second).organisation in shown["message"]
    told = api.ask("dora", "GET", f"jobs/{job.job}")
    assert [one["aborted"] for one in told["answers"]] == [True, False, False]


def test_outsider_reads_none_of_it(api: Api) -> None:
    job = api.market.sealed()
    for path in (f"jobs/{job.job}", f"jobs/{job.job}/timeline"):
        refused = api.ask("bob", "GET", path)
        assert refused["code"] == "no-job"
    assert api.ask("bob", "GET", "agent/work") == []
    quoted = api.ask("bob", "POST", "quotes", dataset=api.market.name, plan="{}", epsilon="0.5")
    assert quoted["code"] == "no-dataset"
    assert api.market.name in quoted["detail"]
