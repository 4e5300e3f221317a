"""The chapters of the demo: an owner publishes, a buyer asks, Spark computes, the owner's agent
releases, the buyer opens. Each chapter is told in commands that a person would give."""

from __future__ import annotations

import compileall
import json
import os
import re
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from market.adapters.private_files import write_private
from market.airflow.visitor import AirflowVisitor
from market.demo.report import Report, compare
from market.demo.roles import ROOT, Role, can_open, hand_over, make_roles
from market.demo.table import write_table
from market.demo.terminal import market, start_background
from market.errors import Unavailable
from market.plan.schema import Schema
from market.records.listing import Listing
from market.records.signed import open_signed

DATASET = "rand-hie-visits"
BUYER_ORGANISATION, OWNER_ORGANISATION = "insight-lab", "rand-corporation"
BUYER, OWNER, ADMINISTRATOR = "bob", "olga", "admin"
EPSILON = "2"
_PATIENCE_SECONDS = 300
_PACKAGES = ("crypto", "market", "spark_jobs")
_DECLARATION = Path(__file__).parent / "dataset.toml"

Say = Callable[[str], None]


class Story:
    """One run of the demo in one folder.

    Args:
        folder: made anew; a demo that still runs there is stopped first.
        ports: of the portal and of Airflow.
    """

    def __init__(self, folder: Path, ports: tuple[int, int], say: Say) -> None:
        self.folder = folder
        self.portal_url, self.airflow_url = (f"http://127.0.0.1:{port}" for port in ports)
        self._ports = ports
        self._say = say
        self._seconds: dict[str, float] = {}
        self._passwords = {user: _password() for user in (ADMINISTRATOR, OWNER, BUYER)}
        self._roles: dict[str, Role] = {}

    @contextmanager
    def _chapter(self, title: str) -> Iterator[None]:
        self._say(title)
        started = time.monotonic()
        yield
        self._seconds[title] = time.monotonic() - started

    def tell(self) -> Report:
        """All chapters in order (raises MarketError where one fails)."""
        self._prepare()
        with self._chapter("Start portal, Airflow's three processes"):
            self._open_platform()
        with self._chapter("Owner: declare, encrypt, sign, upload, list"):
            self._publish()
        with self._chapter("Owner: start the key agent, apart from the platform"):
            apart = self._start_agent()
        with self._chapter("Buyer: new job repository, rehearsal on the twin, quote"):
            repository, commit = self._rehearse()
        began = time.monotonic()
        with self._chapter("Buyer: submit through Airflow; plan built twice, priced"):
            job = self._submit(repository, commit)
        with self._chapter("Buyer: rebuild the plan, read it, sign the request"):
            program = ("--repository", repository, "--commit", commit)
            market(self.role("buyer"), "sign", job, *program, "--yes")
        with self._chapter("Agent approves; Spark computes on ciphertext; agent releases"):
            market(
                self.role("buyer"), "job", "wait", job, "--timeout-seconds", str(_PATIENCE_SECONDS)
            )
        with self._chapter("Buyer: check everything, open on their own machine"):
            opened = market(self.role("buyer"), "result", "open", job)
        self._seconds["From trigger to opened result"] = time.monotonic() - began
        return self._report(job, opened, apart)

    def stop(self) -> None:
        """Stop every process of a demo in this folder, whoever started it."""
        pid_file = self.folder / "agent.pid"
        if pid_file.exists():
            with suppress(ProcessLookupError):
                os.killpg(int(pid_file.read_text()), signal.SIGTERM)
            pid_file.unlink()
        if (self.folder / "platform" / "market.toml").exists():
            market(self.role("platform"), "down")

    def _prepare(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        for package in _PACKAGES:
            # The roles may not write beside the sources; each of their processes would compile.
            compileall.compile_dir(ROOT / package, quiet=2)
        self._roles = {}
        self.role("platform").home.joinpath("market.toml").write_text(
            f"portal_port = {self._ports[0]}\nairflow_port = {self._ports[1]}\n"
            "allow_file_repositories = true\n"
        )

    def _make_roles(self) -> None:
        self._roles = make_roles(self.folder, {})
        for name, variable in (
            ("platform", "MARKET_HOME"),
            ("owner", "MARKET_AGENT_HOME"),
            ("owner", "MARKET_CLIENT_HOME"),
            ("buyer", "MARKET_CLIENT_HOME"),
        ):
            role = self._roles[name]
            below = {"MARKET_AGENT_HOME": "agent", "MARKET_CLIENT_HOME": "client"}
            role.environment[variable] = str(role.home / below.get(variable, ""))

    def role(self, name: str) -> Role:
        """A role of this story: "owner", "buyer" or "platform"."""
        if not self._roles:
            self._make_roles()
        return self._roles[name]

    def _open_platform(self) -> None:
        platform = self.role("platform")
        market(platform, "admin", "migrate")
        for organisation, title in (
            (OWNER_ORGANISATION, "RAND Corporation"),
            (BUYER_ORGANISATION, "Insight Lab"),
        ):
            market(platform, "admin", "organisation", organisation, "--name", title)
        for user, organisation, name, role in (
            (ADMINISTRATOR, OWNER_ORGANISATION, "Administrator", "administrator"),
            (OWNER, OWNER_ORGANISATION, "Olga Owner", "owner"),
            (BUYER, BUYER_ORGANISATION, "Bob Buyer", "buyer"),
        ):
            market(
                platform,
                *("admin", "user", user, "--organisation", organisation),
                *("--name", name, "--role", role),
                given=self._passwords[user] + "\n",
            )
        market(platform, "up")

    def _sign_in(self, role: Role, user: str, *scopes: str) -> None:
        chosen = [part for scope in scopes for part in ("--scope", scope)]
        password = self._passwords[user] + "\n"
        market(role, "keys", "new")
        market(role, "login", self.portal_url, "--user", user, *chosen, given=password)
        market(role, "keys", "register")

    def _publish(self) -> None:
        owner = self.role("owner")
        table = owner.home / "rand-hie.csv"
        rows = write_table(table)
        hand_over(owner, table)
        self._say(f"  {rows:,} rows of the RAND Health Insurance Experiment")
        declaration = owner.home / "dataset.toml"
        shutil.copyfile(_DECLARATION, declaration)
        hand_over(owner, declaration)
        self._sign_in(owner, OWNER, "client", "owner", "agent")
        market(owner, "agent", "init")
        self._hurry_agent(owner.home / "agent" / "agent.toml")
        market(owner, "dataset", "publish", str(declaration), str(table))

    @staticmethod
    def _hurry_agent(settings: Path) -> None:
        # In service replies leave every ten seconds; a demo's audience waits for each.
        text = settings.read_text()
        for name, value in (("slot_seconds", 1), ("poll_seconds", 1)):
            text = re.sub(rf"^{name} = \d+$", f"{name} = {value}", text, flags=re.MULTILINE)
        settings.write_text(text)

    def _start_agent(self) -> str:
        owner, platform = self.role("owner"), self.role("platform")
        agent = start_background(owner, "agent", "run", log_name="agent.log")
        write_private(self.folder / "agent.pid", str(agent.pid).encode())
        if platform.uid is None:
            return (
                "All roles run under one account here (not root, or an interpreter that only root "
                "can read): the agent's directory is apart by mode bits alone."
            )
        if can_open(platform, owner.home / "agent"):
            raise Unavailable(
                "agent-exposed",
                f"The platform's uid {platform.uid} can open {owner.home / 'agent'}.",
                "Do not use this machine: its permissions do not hold.",
            )
        return (
            f"Checked: the platform (uid {platform.uid}) cannot open the directory of the agent "
            f"(uid {owner.uid})."
        )

    def _rehearse(self) -> tuple[str, str]:
        buyer = self.role("buyer")
        self._sign_in(buyer, BUYER, "client")
        # Beside the buyer's private home: the platform fetches from it, as from a git server.
        checkout = self.folder / "repository"
        made = market(buyer, "job", "new", str(checkout))
        market(buyer, "job", "run", "--twin", DATASET, str(checkout))
        market(buyer, "quote", str(checkout), "--dataset", DATASET, "--epsilon", EPSILON)
        return f"file://{checkout.resolve()}", str(made["commit"])

    def _submit(self, repository: str, commit: str) -> str:
        buyer = self.role("buyer")
        password = self._passwords[BUYER]
        visitor = AirflowVisitor(self.airflow_url, BUYER_ORGANISATION, BUYER, password)
        _await(lambda: visitor.is_offered(DATASET), "the dataset to stand in the form")
        form = {
            "repository": repository,
            "commit": commit,
            "dataset": DATASET,
            "epsilon": EPSILON,
        }
        run = visitor.submit(form)
        found: list[str] = []

        def seen() -> bool:
            found[:] = [job["job"] for job in market(buyer, "jobs") if job["run"] == run]
            return bool(found)

        _await(seen, "the run's job")
        market(
            buyer,
            "job",
            "wait",
            found[0],
            "--until",
            "planned",
            "--timeout-seconds",
            str(_PATIENCE_SECONDS),
        )
        return found[0]

    def _report(self, job: str, opened: dict[str, Any], apart: str) -> Report:
        told = market(self.role("buyer"), "job", "show", job)
        quote = json.loads(told["quote"])
        listing = open_signed(Listing, told["publications"][0]["listing"].encode()).record
        schema: Schema = listing.schema
        return Report(
            job=job,
            epsilon=quote["epsilon"],
            delta=quote["delta"],
            rho=quote["rho_units"] / 1e12,
            lines=compare(told["plan"], schema, quote, opened["answers"]),
            seconds=dict(self._seconds),
            agent_is_apart=apart,
            addresses={"Portal": self.portal_url, "Airflow": self.airflow_url},
            users=dict(self._passwords),
        )


def _await(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise Unavailable(
                "demo-timeout",
                f"Waited {_PATIENCE_SECONDS} seconds for {what}.",
                "Look at build/demo/platform/logs.",
            )
        time.sleep(0.5)


def _password() -> str:
    return secrets.token_urlsafe(12)
