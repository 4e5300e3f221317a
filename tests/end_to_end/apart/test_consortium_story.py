"""Members' story through real processes: what they opened together is the truth plus noise, each
kept its rows at home, and one who lies spoils the run for all, and gets nothing."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from servers.demo import ToldDemo
from world.secrets_at_rest import logs_under, secrets_under, shown

from market.demo.consortium import tables
from market.demo.consortium.members import ASKING, MEMBERS
from market.demo.consortium.story import CUSTOMERS, LIAR, VISITS
from market.policy.budget.accounts import epoch_account

pytestmark = pytest.mark.timeout(1_200)

SAFE = 3.5
"""A 95 % half-width times this is seven standard deviations."""
HONEST = set(MEMBERS) - {LIAR}


def run_of(told: ToldDemo, consortium: str) -> dict[str, Any]:
    """The opened run of a consortium, in the report."""
    (found,) = [run for run in told.report["runs"] if run["consortium"] == consortium]
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("consortium", "statistics"),
    [
        (VISITS.consortium, {"health_levels", "visits_by_health", "visits_with_disease"}),
        (CUSTOMERS.consortium, {"in_both", "spent", "spent_mean", "spent_by_segment"}),
    ],
)
def test_every_opened_value_is_the_truth_within_its_error(
    told_consortium: ToldDemo, consortium: str, statistics: set[str]
) -> None:
    lines = run_of(told_consortium, consortium)["lines"]
    assert {line["statistic"] for line in lines} == statistics
    for line in lines:
        if line["truth"] is None or line["cell"] == "OTHER":
            continue
        assert line["opened"] != line["truth"], "an answer left without noise"
        assert abs(line["opened"] - line["truth"]) <= SAFE * line["error_95"], line


def test_intersection_is_counted_where_nobody_holds_it(told_consortium: ToldDemo) -> None:
    lines = run_of(told_consortium, CUSTOMERS.consortium)["lines"]
    (count,) = [line for line in lines if line["statistic"] == "in_both"]
    assert count["truth"] == tables.SHARED
    # An answer that says nothing would be within its error, too.
    assert count["error_95"] < tables.SHARED / 10


@pytest.mark.parametrize("asked", [VISITS, CUSTOMERS])
def test_every_member_computes_and_sends(told_consortium: ToldDemo, asked: Any) -> None:
    run = run_of(told_consortium, asked.consortium)
    assert set(run["members"]) == set(MEMBERS)
    assert all(work["bytes_sent"] > 0 for work in run["members"].values())
    assert float(run["epsilon"]) <= float(asked.epsilon)
    assert run["checks"]["is_complete"]
    assert run["checks"]["is_consistent"]
    assert run["checks"]["is_verified"] == asked.is_verified


def test_lie_ends_the_run_for_every_honest_member_at_its_stage(told_consortium: ToldDemo) -> None:
    lie = told_consortium.report["lie"]
    assert (lie["state"], lie["code"]) == ("failed", "session-aborted")
    assert lie["stages"] == dict.fromkeys(HONEST, "check")
    assert "check" in lie["message"]
    assert lie["next_action"]
    envelopes = told_consortium.rows(
        told_consortium.platform_database,
        "SELECT job FROM job_document WHERE kind = 'envelope'",
    )
    assert (lie["job"],) not in envelopes


def test_every_ledger_is_the_sum_of_receipts(told_consortium: ToldDemo) -> None:
    """The run that failed is charged, too: by its end shares had left."""
    receipts = told_consortium.rows(
        told_consortium.platform_database, "SELECT text FROM job_document WHERE kind = 'receipt'"
    )
    assert len(receipts) == 3 * len(MEMBERS)
    charged: Counter[str] = Counter()
    for (text,) in receipts:
        record = json.loads(json.loads(text)["receipt"])["record"]
        for dataset in record["datasets"]:
            for lineage in dataset["lineages"]:
                charged[epoch_account(lineage, dataset["epoch"])] += record["rho_units"]
    query = "SELECT account, spent_units FROM ledger_account"
    platform = dict(told_consortium.rows(told_consortium.platform_database, query))
    agents: dict[str, int] = {}
    for member in MEMBERS:
        agents |= dict(told_consortium.rows(told_consortium.agent_database(member), query))
    # Three thirds of the visits, and the customers of two.
    assert len(charged) == 5
    assert charged == {account: platform[account] for account in charged}
    assert charged == {account: agents[account] for account in charged}


def test_homes_are_closed_to_each_other(told_consortium: ToldDemo) -> None:
    homes = [told_consortium.folder / name for name in (*MEMBERS, ASKING, "platform")]
    for home in homes:
        assert home.stat().st_mode & 0o077 == 0, home
    for path in (told_consortium.folder / MEMBERS[0] / "agent").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    if os.geteuid() == 0 and "under one account" not in told_consortium.report["agent_is_apart"]:
        assert len({home.stat().st_uid for home in homes}) == len(homes)


def test_platform_never_sees_a_customers_number_nor_a_members_secret(
    told_consortium: ToldDemo,
) -> None:
    shop, bank = tables.shop_and_bank()
    numbers = [number.encode() for number in (*shop["customer"][:50], *bank["customer"][:50])]
    secrets = [
        path.read_bytes()
        for member in MEMBERS
        for path in (told_consortium.folder / member).rglob("*")
        if path.is_file() and path.name in ("unlock", "agent.key")
    ]
    assert secrets
    for path in _files(told_consortium.folder / "platform"):
        data = path.read_bytes()
        assert not any(secret in data for secret in (*secrets, *numbers)), path


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size < 2**24]


def test_no_secret_of_member_or_platform_is_logged(told_consortium: ToldDemo) -> None:
    secrets = secrets_under(told_consortium.folder)
    logs = logs_under(told_consortium.folder)
    # Agents log what their sessions' workers say, and the portal what it relays.
    assert {f"{member}/agent.log" for member in MEMBERS} <= {
        "/".join(Path(path).parts[-2:]) for path in logs
    }
    assert len(secrets) > len(MEMBERS)
    assert shown(secrets, logs) == []
