"""The whole story through real processes: what was opened is the truth plus the noise promised."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from servers.demo import ToldDemo
from world.secrets_at_rest import command_lines, logs_under, secrets_under, shown

from market.demo.roles import can_open

pytestmark = pytest.mark.timeout(1_200)

SAFE = 3.5
"""A 95 % half-width times this is seven standard deviations."""


def test_every_opened_value_is_the_truth_within_its_error(told_demo: ToldDemo) -> None:
    lines = told_demo.report["lines"]
    assert {line["statistic"] for line in lines} == {
        "rows",
        "visits_total",
        "visits_mean",
        "disease_variance",
        "health_levels",
        "visits_by_health",
        "visits_gap",
        "visits_with_disease",
    }
    for line in lines:
        if line["truth"] is None or line["cell"] == "OTHER":
            continue
        assert line["opened"] != line["truth"], "an answer left without noise"
        assert abs(line["opened"] - line["truth"]) <= SAFE * line["error_95"], line


def test_demo_leaves_nothing_for_others_to_read(told_demo: ToldDemo) -> None:
    assert told_demo.folder.stat().st_mode & 0o066 == 0
    for path in told_demo.folder.iterdir():
        # A buyer's repositories are what the platform fetches.
        if not path.name.endswith("repository"):
            assert path.stat().st_mode & 0o077 == 0, path
    platform = told_demo.stage.role("platform")
    assert platform.uid is None or not can_open(platform, told_demo.stage.role("owner").home)


def test_errors_are_those_that_the_quote_stated(told_demo: ToldDemo) -> None:
    # Nobody's health is OTHER: a mean of no rows has whatever error noise gives it, and where it
    # made them less than none, counts of others make room.
    for line in told_demo.report["lines"]:
        is_range = line["least_error_95"] != line["most_error_95"]
        most = line["most_error_95"] if is_range and line["most_error_95"] else math.inf
        if line["cell"] != "OTHER":
            assert line["least_error_95"] <= line["error_95"] * 1.001, line
            assert line["error_95"] <= most * 1.001, line


def test_job_stays_within_the_epsilon_asked(told_demo: ToldDemo) -> None:
    assert float(told_demo.report["epsilon"]) <= 2
    assert sum(
        {line["statistic"]: line["rho"] for line in told_demo.report["lines"]}.values()
    ) == pytest.approx(told_demo.report["rho"])


def test_both_ledgers_equal_the_sum_of_receipts(told_demo: ToldDemo) -> None:
    query = "SELECT account, spent_units FROM ledger_account WHERE account LIKE 'lineage/%'"
    platform = dict(told_demo.rows(told_demo.platform_database, query))
    agent = dict(told_demo.rows(told_demo.agent_database("owner"), query))
    receipts = told_demo.rows(
        told_demo.platform_database, "SELECT text FROM job_document WHERE kind = 'receipt'"
    )
    charged = [
        json.loads(json.loads(text)["receipt"])["record"]["rho_units"] for (text,) in receipts
    ]
    assert platform == agent
    assert {account.split("/")[0] for account in platform} == {"lineage"}
    # Of the people of each table: their epoch, and all their epochs together; the rest is the
    # buyer's part.
    people = {account: units for account, units in platform.items() if "/buyer/" not in account}
    over_all_epochs = sum(units for account, units in people.items() if account.endswith("/total"))
    assert [sum(people.values()) - over_all_epochs, over_all_epochs] == [sum(charged)] * 2
    assert round(told_demo.report["rho"] * 10**12) in charged


def test_agents_directory_is_closed(told_demo: ToldDemo) -> None:
    agent = told_demo.folder / "owner" / "agent"
    assert agent.stat().st_mode & 0o077 == 0
    for path in agent.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    if os.geteuid() == 0:
        owners = {(told_demo.folder / name).stat().st_uid for name in ("owner", "platform")}
        assert len(owners) == 2 or "under one account" in told_demo.report["agent_is_apart"]


def test_platform_holds_no_row_and_no_secret(told_demo: ToldDemo) -> None:
    secrets = [
        path.read_bytes()
        for path in (told_demo.folder / "owner").rglob("*")
        if path.is_file() and path.name in ("unlock", "agent.key")
    ]
    assert secrets
    for path in _files(told_demo.folder / "platform"):
        data = path.read_bytes()
        assert not any(secret in data for secret in secrets), path


def test_no_secret_stands_where_others_read(told_demo: ToldDemo) -> None:
    secrets = secrets_under(told_demo.folder)
    assert {Path(place.rpartition(":")[0] or place).name for place in secrets} > {"identity"}
    platform = told_demo.folder / "platform"
    airflows = (platform / "airflow" / "airflow.db").read_bytes()
    documents = told_demo.rows(told_demo.platform_database, "SELECT text FROM job_document")
    logs = logs_under(told_demo.folder)
    assert any("/attempt=" in path for path in logs)
    assert shown(secrets, logs) == []
    # What passes between the steps of a run, what its form was given, and what its tasks noted.
    assert shown(secrets, {"Airflow's database": airflows}) == []
    assert shown(secrets, {"receipts": json.dumps(documents).encode()}) == []
    # It still runs.
    assert shown(secrets, command_lines()) == []


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size < 2**24]
