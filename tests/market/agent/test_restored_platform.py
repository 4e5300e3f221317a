"""A platform is lost with its machine; of a backup another one goes on, as if it were the same."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace
from pathlib import Path

import httpx
from click.testing import CliRunner
from servers.postgres import Postgres
from world.declarations import COUNT, plan_of
from world.live_market import live_market, now
from world.loopback import free_port, serving
from world.people import PASSWORD
from world.platform_database import QUICK
from world.saved_platform import keep_identity

from market import settings as settings_module
from market.agent.agent import Agent
from market.agent.loop import collect, send
from market.cli.main import main
from market.client.http.api import PortalClient
from market.database.platform import open_platform_database
from market.entities.people import Operator
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.portal.app import create_app
from market.services.audit_trail import export_trail
from market.services.compute.evaluate_job import evaluate_job
from market.services.operation.read_backups import read_backups
from market.wiring import platform_over


def run(*arguments: str, **environment: str) -> str:
    told = CliRunner().invoke(main, arguments, env=environment)
    assert told.exit_code == 0, told.output
    return told.output


def test_people_jobs_and_agent_go_on_at_the_restored_platform(
    postgres: Postgres, tmp_path: Path
) -> None:
    passphrase, archive = tmp_path / "passphrase", tmp_path / "platform.backup"
    passphrase.write_text("four unrelated words\n")
    passphrase.chmod(0o600)
    unlock = {"MARKET_BACKUP_PASSPHRASE_FILE": str(passphrase)}
    home, port = tmp_path / "restored", free_port()
    with live_market(tmp_path) as market:
        keep_identity(tmp_path / "platform")
        market.publish()
        market.released(COUNT)
        waiting = market.requested(COUNT, buyer="eve")
        told = run("admin", "backup", str(archive), "--home", str(tmp_path / "platform"), **unlock)
        assert "Saved" in told
        where = ("--home", str(tmp_path / "platform"))
        assert "is whole" in run("admin", "verify-backup", str(archive), *where, **unlock)
        known = read_backups(market.platform, Operator(), now=now())
        assert (known.is_verified, known.tone) == (True, "good")
        lost = market.released(plan_of(Sum(Column("insured"))))

        # From a laptop's file to a server, on another port; the session of the agent was saved.
        settings = {"MARKET_DATABASE_URL": postgres.empty(), "MARKET_PORTAL_PORT": str(port)}
        objects = tmp_path / "platform" / "objects"
        shutil.copytree(objects, home / "objects")
        next(path for path in (home / "objects").rglob("*") if path.is_file()).unlink()
        options = ("--home", str(home), "--check-objects")
        told = run("admin", "restore", str(archive), *options, **unlock, **settings)
        assert "Not in the store (1)" in told
        assert market.platform.identity.public.fingerprint()[:4] in told

        loaded = settings_module.load(home, settings)
        database = open_platform_database(loaded.platform_database_url, passwords=QUICK)
        # No Spark: the sums are those of the lost machine's objects.
        evaluator = market.platform.evaluator
        platform = replace(platform_over(database, loaded), evaluator=evaluator)
        trail, _ = export_trail(platform, Operator(), now=now())
        assert [one.record.act for one in trail[-2:]] == ["backup-made", "restored"]
        with serving(create_app(platform, loaded), port):
            url = f"http://127.0.0.1:{port}"
            body = {"user": "bob", "password": PASSWORD, "label": "test", "scopes": ["client"]}
            assert httpx.post(f"{url}/api/v1/tokens", json=body).status_code == 200
            portal = PortalClient(url, market.home.settings().token)
            assert platform.jobs.find_run(lost.run) is None
            agent = Agent(market.home, market.store, portal, secrets.token_bytes)
            send(agent, collect(agent, now=now()))
            approved = platform.jobs.get(waiting.job)
            assert approved.state == "approved"
            evaluate_job(platform, approved, now=now())
            assert platform.receipts.head(market.home.signing_key().public.hex)[0] == 1
            # The first round is told of a gap, and closes it.
            for _ in range(2):
                send(agent, collect(agent, now=now()))
            portal.close()
        # The release that waited, and before it the receipt that the backup did not have.
        assert platform.jobs.get(waiting.job).state == "released"
        assert platform.receipts.head(market.home.signing_key().public.hex)[0] == 3
        database.database.close()
