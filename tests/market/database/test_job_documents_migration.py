"""Jobs of the schema before their documents had a table of their own arrive whole, and go back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from servers.postgres import Postgres
from sqlalchemy import text
from world.builders import DATASET, NOW, a_listing, a_manifest, sign
from world.builders import text as written
from world.job_builders import a_job, a_request
from world.people import a_key

from market.database.engine import Database, open_alone, open_database
from market.database.jobs.sql_jobs import SqlJobs
from market.database.migrate import bring_up_to_date, configuration, migrate
from market.entities.documents import Document
from market.entities.job import NO_VERSION, AskedDataset, End
from market.records.signed import record_hash

BEFORE, AFTER = "platform_0008", "platform_0009"
DAY = 86_400
AGENT = a_key("agent").public.hex
KINDS = {
    "plan": "plan",
    "trace": "trace",
    "quote": "quote",
    "platform": "shares",
    "approval": "approval",
    "refusal": "refusal",
    "envelope": "envelope",
    "receipt": "receipt",
}
COLUMNS = [
    "job",
    "run",
    "organisation",
    "buyer",
    "buyer_key",
    "dataset",
    "version",
    "repository",
    "commit",
    "epsilon",
    "state",
    "created_at",
    "updated_at",
    "deadline",
    "rho_units",
    "plan_hash",
    "plan",
    "trace",
    "quote",
    "opening",
    "request",
    "approval",
    "platform",
    "envelope",
    "receipt",
    "refusal",
    "code",
    "message",
    "next_action",
    "program_says",
]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'portal.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


def a_row(name: str, state: str, **columns: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "job": name,
        "run": f"submit_north-lab/{name}",
        "organisation": "north-lab",
        "buyer": "ada",
        "buyer_key": a_key("bob").public.hex,
        "dataset": DATASET,
        "version": 1,
        "repository": "https://git.example.org/q.git",
        "commit": "ab" * 20,
        "epsilon": "0.5",
        "state": state,
        "created_at": NOW,
        "updated_at": NOW + 10 * DAY,
        "deadline": NOW + 11 * DAY,
        "rho_units": 7,
    }
    return row | dict.fromkeys(("code", "message", "next_action", "program_says"), "") | columns


def rows(request: str) -> list[dict[str, Any]]:
    everything = {column: f'{{"of":"{column}"}}' for column in KINDS}
    planned = {"plan": "{}", "plan_hash": "aa"}
    ended = {"code": "c", "message": "m", "next_action": "n"}
    return [
        a_row("full", "released", request=request, opening="o", plan_hash="aa", **everything),
        a_row("old", "released", updated_at=NOW, **planned),
        a_row("waits", "approved", **planned),
        a_row("late", "expired", platform="[]", **planned, **ended),
        a_row("stopped", "refused", program_says="its words", **planned, **ended),
        a_row("nowhere", "refused", dataset="no-such", version=None, **ended),
    ]


def filled(url: str) -> list[dict[str, Any]]:
    """A database of before, with jobs as that release wrote them."""
    migrate(url, "platform", BEFORE)
    manifest = a_manifest()
    listing = a_listing(manifest)
    jobs = rows(written(sign(a_request(a_job(rho_units=7), listing), by="bob")))
    database = open_database(url)
    with database.transaction() as connection:
        for organisation in ("clinic", "north-lab"):
            connection.execute(
                text("INSERT INTO organisation VALUES (:name, :name)"), {"name": organisation}
            )
        for user, organisation in (("olga", "clinic"), ("ada", "north-lab")):
            connection.execute(
                text(
                    "INSERT INTO person (user_id, organisation, name, password_hash, identity_key, "
                    "is_active) VALUES (:user, :organisation, :user, '', :key, TRUE)"
                ),
                {"user": user, "organisation": organisation, "key": a_key(user).public.hex},
            )
        connection.execute(
            text(
                "INSERT INTO dataset (dataset, owner, newest_version, standing, changed_at) "
                "VALUES (:dataset, 'olga', 1, 'listed', 0)"
            ),
            {"dataset": DATASET},
        )
        connection.execute(
            text(
                "INSERT INTO dataset_version (dataset, version, organisation, listing, manifest, "
                "search_text, published_at) VALUES (:d, 1, 'clinic', :listing, :manifest, '', 0)"
            ),
            {"d": DATASET, "listing": written(sign(listing)), "manifest": written(sign(manifest))},
        )
        names = ", ".join(f'"{column}"' for column in COLUMNS)
        values = ", ".join(f":{column}" for column in COLUMNS)
        insert_job = f"INSERT INTO job ({names}) VALUES ({values})"  # noqa: S608 - our own names
        connection.execute(text(insert_job), jobs)
    database.close()
    return jobs


def read(database: Database) -> list[dict[str, Any]]:
    with database.reading() as connection:
        found = connection.execute(text("SELECT * FROM job ORDER BY job")).mappings()
        return [dict(row) for row in found]


def back(url: str) -> None:
    engine = open_alone(url)
    with engine.begin() as connection:
        command.downgrade(configuration(connection, "platform"), BEFORE)
    engine.dispose()


def test_jobs_arrive_whole(url: str) -> None:
    before = filled(url)
    # By way of AFTER to what today's adapter reads.
    migrate(url, "platform", AFTER)
    bring_up_to_date(url, "platform")
    database = open_database(url)
    jobs = SqlJobs(database)
    full = jobs.get("full")
    assert full.datasets == (AskedDataset(DATASET, 1),)
    assert full.parties == (AGENT,)
    request = before[0]["request"]
    asked = a_request(a_job(rho_units=7), a_listing(a_manifest()))
    assert full.request_hash == record_hash(asked)
    assert (full.state, full.plan_hash, full.end) == ("released", "aa", None)
    theirs = {"approval", "refusal", "envelope", "receipt"}
    assert set(jobs.documents("full").kept) == {
        Document("request", request),
        *(
            Document(kind, before[0][column], AGENT if kind in theirs else "")  # type: ignore[arg-type]
            for column, kind in KINDS.items()
        ),
    }
    assert jobs.get("stopped").end == End("c", "m", "n", "its words")
    nowhere = jobs.get("nowhere")
    assert (nowhere.datasets, nowhere.parties) == ((AskedDataset("no-such", NO_VERSION),), ())
    assert jobs.documents("nowhere").kept == ()
    database.close()


def test_runs_that_may_still_wait_are_owed_their_answers(url: str) -> None:
    filled(url)
    migrate(url, "platform", AFTER)
    database = open_database(url)
    owed = {(o.job, o.answer.wait, o.answer.go_on) for o in SqlJobs(database).answers_owed()}
    assert owed == {
        ("full", "await_signatures", True),
        ("full", "await_release", True),
        ("waits", "await_signatures", True),
        ("late", "await_release", False),
        ("stopped", "await_signatures", False),
    }
    database.close()


def test_jobs_go_back_as_they_were(url: str) -> None:
    before = filled(url)
    migrate(url, "platform", AFTER)
    back(url)
    database = open_database(url)
    assert read(database) == sorted(before, key=lambda row: str(row["job"]))
    database.close()
