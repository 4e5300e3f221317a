"""A portal on loopback and everybody's command lines, for dialogues: real services, HTTP and SQL.

Commands run in this process. Airflow is absent: a run's steps are called as it would call them, and
the platform's shares are summed over the stored chunks here instead of in Spark.
"""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import structlog
from click.testing import CliRunner, Result

from market.agent.agent import Agent
from market.agent.loop import collect, send
from market.cli.main import main
from market.client.http.api import PortalClient
from market.portal.app import create_app
from market.services.compute.evaluate_job import evaluate_job
from market.services.platform import Platform
from market.settings import Settings
from market.vault.home import open_home
from market.vault.store.opening import open_store
from world.live_market import now
from world.loopback import free_port, serving
from world.platform_database import made_platform
from world.stages import InProcessEvaluator, RecordingScheduler

RUN = "submit_acme/run-1"

PROGRAM = '''"""What is asked."""


def build(ds):
    return {
        "rows": ds.count(),
        "visits": ds["visits"].mean(),
        "health": ds["health"].histogram(),
    }
'''
DECLARATION = """\
dataset = "visits"
title = "Doctor visits"
summary = "A survey."
provenance = "Made up."
licence = "CC0"
terms = "None."
capacity_rows = 4000
products = []

[privacy_unit]
max_rows = 1
meaning = "one respondent"

[[columns]]
name = "visits"
type = "numeric"
meaning = "Visits to a doctor"
unit = "visits"
low = 0
high = 50
null = "low"

[[columns]]
name = "health"
type = "categorical"
meaning = "Health as they say"
levels = ["good", "poor"]

[policy]
budget_epsilon = 40
buyer_epsilon = 30
job_epsilon = 20
delta = 0.000001
statistics = ["count", "sum", "mean", "histogram"]
access = "open"
approval = "automatic"
recomputation = false
price_cents = 1250
"""


@dataclass
class CommandLines:
    """`olga` owns, `bob` buys, the `platform` is administered."""

    root: Path
    settings: Settings
    platform: Platform
    words: dict[str, str] = field(default_factory=dict)

    def run(self, role: str, *arguments: str, given: str = "") -> Result:
        """`market ARGUMENTS` as this role, in the market's folder."""
        homes = {
            "MARKET_HOME": str(self.settings.home),
            "MARKET_CLIENT_HOME": str(self.root / role),
            "MARKET_AGENT_HOME": str(self.agent_home(role)),
            "MARKET_PASSPHRASE_FILE": None,
        }
        return CliRunner().invoke(main, list(arguments), input=given, env=homes)

    def agent_home(self, role: str) -> Path:
        """Where an owner's agent lives."""
        return self.root / ("agent" if role == "olga" else f"agent of {role}")

    def done(self, role: str, *arguments: str, given: str = "") -> Result:
        """The same, where it has to succeed."""
        result = self.run(role, *arguments, given=given)
        assert result.exit_code == 0, (arguments, result.output, result.exception)
        return result

    @property
    def checkout(self) -> Path:
        return self.root / "checkout"

    def write_program(self, text: str) -> str:
        """Commit a program to the checkout; returns the commit."""
        (self.checkout / "job.py").write_text(text)
        git = ["git", "-C", str(self.checkout), "-c", "user.name=b", "-c", "user.email=b@b"]
        subprocess.run([*git, "commit", "-qam", "Ask"], check=True)
        told = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True)
        return told.stdout.decode().strip()

    def sign(self, job: str) -> None:
        """The buyer names their program, reads nothing, and signs."""
        program = ("--repository", f"file://{self.checkout}", "--commit", self.words["commit"])
        self.done("bob", "sign", job, "--yes", *program)

    def agent_turn(self) -> None:
        """One round of the owner's agent, without waiting for its time slot."""
        home = open_home(self.root / "agent")
        store = open_store(home.database_path)
        settings = home.settings()
        portal = PortalClient(settings.url, settings.token)
        agent = Agent(home, store, portal, secrets.token_bytes)
        try:
            send(agent, collect(agent, now=now()))
        finally:
            store.close()
            portal.close()

    def evaluate(self, job: str) -> None:
        evaluated = evaluate_job(self.platform, self.platform.jobs.get(job), now=now())
        assert evaluated.state == "evaluated", evaluated.end.message


@contextmanager
def command_lines(root: Path) -> Iterator[CommandLines]:
    """A portal with organisations and users, and nobody who has signed in yet."""
    port = free_port()
    home = root / "platform"
    home.mkdir()
    (home / "market.toml").write_text(
        f"portal_port = {port}\nairflow_port = {free_port()}\nallow_file_repositories = true\n"
        "housekeeping_seconds = 3600\n"
    )
    settings = Settings(
        home=home, portal_port=port, allow_file_repositories=True, housekeeping_seconds=3_600
    )
    platform = made_platform(settings)
    platform = replace(
        platform, evaluator=InProcessEvaluator(platform.objects), scheduler=RecordingScheduler()
    )
    place = CommandLines(root, settings, platform)
    (root / "dataset.toml").write_text(DECLARATION)
    (root / "visits.csv").write_text(table())
    (root / "unlike.csv").write_text(table().replace("good", "very good").replace("poor", "bad"))
    with (
        (root / "portal.log").open("w") as log,
        logging_to(log),
        serving(create_app(platform, settings), port),
    ):
        place.words |= {"url": settings.portal_url, "root": str(root)}
        yield place


@contextmanager
def logging_to(file: TextIO) -> Iterator[None]:
    """The portal's lines, which would stand among the commands'."""
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=file))
    try:
        yield
    finally:
        structlog.reset_defaults()


def table() -> str:
    rows = (f"{n * 7 % 51},{('good', 'poor', 'none said')[n % 3]}" for n in range(900))
    return "\n".join(["visits,health", *rows]) + "\n"
