"""An export holds what is kept about one organisation, and nothing that lets anybody in."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from world.drafts import VISITS
from world.household import DATASET
from world.people import BEA, PASSWORD, settle
from world.platform_database import made_database, sqlite_url
from world.portal_market import PortalMarket
from world.shares_at_the_portal import registered, shared_text

from market.entities.job import Job
from market.entities.people import Operator
from market.ports.people import hash_of
from market.records.signed import verify_any
from market.services.people.export_organisation import export_organisation
from market.services.publish.write_draft import start_draft
from market.services.release.share_result import share_result

pytestmark = pytest.mark.stories

EXPORT = "/administration/organisations/{}/export"


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    return PortalMarket(tmp_path, made_database(sqlite_url(tmp_path)))


@pytest.fixture
def job(market: PortalMarket) -> Job:
    """Of bob, answered by olga's agent."""
    market.publish(access="request")
    market.grant(DATASET, "bob")
    return market.released()


def read(answer: httpx.Response) -> dict[str, list[dict[str, Any]]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {
            name.removesuffix(".jsonl"): [json.loads(line) for line in archive.open(name)]
            for name in archive.namelist()
        }


def exported(market: PortalMarket, organisation: str) -> dict[str, list[dict[str, Any]]]:
    return read(market.browser("ada").get(EXPORT.format(organisation)))


def test_buyers_export_holds_their_people_jobs_grants_and_acts(
    market: PortalMarket, job: Job
) -> None:
    market.token("bob", "client")
    settle(market.people, BEA)
    registered(market, "bea")
    text = shared_text(market, job, "bea")
    share_result(market.platform, market.bob, "bea", text, now=market.now)
    found = exported(market, "north-lab")
    (shared,) = found["shared_results"]
    assert (shared["sharer"], shared["document"]["tag"]) == ("bob", "market/shared-result/1")
    assert found["organisation"] == [
        {"organisation": "north-lab", "name": "North Lab", "limits": {}}
    ]
    bob, bea = sorted(found["people"], key=lambda one: str(one["user"]), reverse=True)
    assert (bob["reader_key"], bea["reader_key"]["record"]["user"]) == (None, "bea")
    assert (bob["user"], bob["tokens"][0]["label"]) == ("bob", "test")
    (asked,) = found["jobs"]
    assert (asked["job"], asked["timeline"][0]["step"]) == (job.job, "submitted")
    assert {"plan", "request", "envelope", "receipt"} <= {one["kind"] for one in asked["documents"]}
    (given,) = found["access"]
    assert verify_any(json.dumps(given["grant"], sort_keys=True, separators=(",", ":")))
    assert [one["entry"]["record"]["act"] for one in found["audit"]] == ["organisation-exported"]
    assert (found["datasets"], found["answers"], found["receipts"]) == ([], [], [])


def test_owners_export_holds_what_they_published_and_what_their_agent_said(
    market: PortalMarket, job: Job
) -> None:
    start_draft(market.platform, market.olga, VISITS, now=market.now)
    found = exported(market, "clinics")
    version, edition, grant = found["datasets"]
    assert edition["listing"] == version["listing"]
    assert [one["content"]["title"] for one in found["drafts"]] == [VISITS.title]
    assert (version["dataset"], version["owner"]) == (DATASET, "olga")
    assert grant["revocation"] is None
    (answer,) = found["answers"]
    assert answer["job"] == job.job
    kinds = {one["kind"] for one in answer["documents"]}
    assert {"approval", "envelope", "receipt"} <= kinds
    assert not kinds & {"plan", "request", "quote"}
    assert len(found["receipts"]) == 1
    assert found["jobs"] == []


def test_strangers_export_knows_nothing_of_it(market: PortalMarket, job: Job) -> None:
    told = json.dumps(exported(market, "rival-lab"))
    for foreign in (job.job, DATASET, "bob", "olga"):
        assert f'"{foreign}"' not in told


def test_no_export_holds_what_lets_somebody_in(market: PortalMarket, job: Job) -> None:
    people, browser = market.platform.people, market.browser("bob")
    people.set_password("eve", "violet-anchor-7-moss")
    secrets = [
        PASSWORD,
        "violet-anchor-7-moss",
        people.make_link("bob", now=market.now, lifetime_seconds=60),
        people.open_session("eve", now=market.now),
        browser.cookies["market_session"],
        market.token("bob", "client")["Authorization"].removeprefix("Bearer "),
    ]
    assert browser.get("/account").status_code == 200
    told = "".join(json.dumps(exported(market, one.organisation)) for one in people.organisations())
    assert job.job in told
    for secret in secrets:
        assert secret not in told
        assert hash_of(secret) not in told
    assert "argon2" not in told


def test_program_of_an_administrator_exports_too_and_the_trail_says_so(
    market: PortalMarket, job: Job
) -> None:
    headers = market.token("ada", "client")
    path = "/api/v1/organisations/{}/export"
    answer = market.browser().get(path.format("north-lab"), headers=headers)
    assert answer.headers["content-disposition"] == 'attachment; filename="north-lab.zip"'
    assert read(answer)["jobs"][0]["job"] == job.job
    unknown = market.browser().get(path.format("nowhere"), headers=headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no-organisation")
    trail = market.browser("ada").get("/administration/audit?act=organisation-exported").text
    assert trail.count("<strong>Organisation exported</strong>") == 1


def test_jobs_are_read_as_they_are_sent(market: PortalMarket, job: Job) -> None:
    """A page of them is asked for when the one before it has gone."""
    pages: list[int] = []

    class Counted:
        def __getattr__(self, name: str) -> Any:
            return getattr(market.jobs, name)

        def page_of_organisation(self, organisation: str, **asked: Any) -> list[Job]:
            pages.append(asked["limit"])
            return [job] * asked["limit"] if len(pages) < 4 else []

    platform = replace(market.platform, jobs=Counted())
    files = dict(export_organisation(platform, Operator(), "north-lab", now=market.now))
    seen = [len(pages) for _ in files["jobs.jsonl"]]
    assert (seen[0], seen[100], len(seen), pages) == (1, 2, 300, [100] * 4)
