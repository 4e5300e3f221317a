"""What every story stands on: a folder, the roles, the platform, the agents, and the chapters told.

Nothing here knows what is asked of which data; a story does (market.demo.catalogue,
market.demo.consortium).
"""

from __future__ import annotations

import compileall
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from market.adapters.private_files import write_private
from market.demo.hosting import Hosting
from market.demo.roles import ROOT, Part, Role, can_open, make_roles
from market.demo.terminal import market, start_background
from market.errors import Unavailable

PATIENCE_SECONDS = 300
_PACKAGES = ("crypto", "market", "spark_jobs")
_AGENT = ("-m", "market.cli.main", "agent", "run")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the portal; `role` is theirs there."""

    user: str
    organisation: str
    name: str
    role: str


class Stage:
    """One run of one story in one folder.

    Args:
        folder: made anew by `prepare`; a story that still runs there is stopped first.
        hosting: where the platform runs.
        parts: who takes part; the platform among them.
    """

    def __init__(self, folder: Path, hosting: Hosting, say: Say, parts: tuple[Part, ...]) -> None:
        self.folder = folder
        self.portal_url, self.airflow_url = hosting.portal_url, hosting.airflow_url
        self.say = say
        self.seconds: dict[str, float] = {}
        self.passwords: dict[str, str] = {}
        self._hosting = hosting
        self._parts = parts
        self._roles: dict[str, Role] = {}
        self._agents: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def addresses(self) -> dict[str, str]:
        """Where to click."""
        return {"Portal": self.portal_url, "Airflow": self.airflow_url}

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """Tell what comes next, and how long it took."""
        self.say(title)
        started = time.monotonic()
        yield
        self.seconds[title] = time.monotonic() - started

    def role(self, name: str) -> Role:
        """A role of the story, "platform" among them."""
        if not self._roles:
            self._roles = make_roles(self.folder, self._parts)
        return self._roles[name]

    def prepare(self) -> None:
        """An empty folder, with the platform's settings in it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        for package in _PACKAGES:
            # The roles may not write beside the sources; each of their processes would compile.
            compileall.compile_dir(ROOT / package, quiet=2)
        self._roles = {}
        self._hosting.prepare(self.role("platform"))

    def open_platform(self, organisations: Mapping[str, str], people: tuple[Person, ...]) -> None:
        """Make the platform's database, organisations (titles by id) and users, and start it."""
        platform = self.role("platform")
        market(platform, "admin", "migrate")
        for organisation, title in organisations.items():
            market(platform, "admin", "organisation", organisation, "--name", title)
        for person in people:
            self.passwords[person.user] = secrets.token_urlsafe(12)
            market(
                platform,
                *("admin", "user", person.user, "--organisation", person.organisation),
                *("--name", person.name, "--role", person.role),
                given=self.passwords[person.user] + "\n",
            )
        self._hosting.start(platform)

    def sign_in(self, role: Role, user: str, *scopes: str) -> None:
        """Make a user's key in the role's home, sign in, and register it."""
        chosen = [part for scope in scopes for part in ("--scope", scope)]
        market(role, "keys", "new")
        given = self.passwords[user] + "\n"
        market(role, "login", self.portal_url, "--user", user, *chosen, given=given)
        market(role, "keys", "register")

    def make_agent(self, role: Role) -> None:
        """Make the role's agent, and have it answer as soon as it can."""
        market(role, "agent", "init")
        settings = role.home / "agent" / "agent.toml"
        # In service replies leave every ten seconds; a demo's audience waits for each.
        text = settings.read_text()
        for name, value in (("slot_seconds", 1), ("poll_seconds", 1)):
            text = re.sub(rf"^{name} = \d+$", f"{name} = {value}", text, flags=re.MULTILINE)
        settings.write_text(text)

    def start_agent(self, role: Role, run: tuple[str, ...] = _AGENT) -> None:
        """Start the role's agent, which `stop` ends.

        Args:
            run: what follows the interpreter; the product's own command unless a story says else.
        """
        agent = start_background(role, *run, log_name="agent.log")
        self._agents[role.name] = agent
        write_private(self._pid_file(role.name), str(agent.pid).encode())

    def stop_agent(self, name: str) -> None:
        """Stop the agent of a role, whoever started it; nothing where none runs."""
        pid_file = self._pid_file(name)
        if pid_file.exists():
            with suppress(ProcessLookupError):
                os.killpg(int(pid_file.read_text()), signal.SIGTERM)
            pid_file.unlink()
        if name in self._agents:
            self._agents.pop(name).wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """Stop every process of a story in this folder, whoever started it."""
        for part in self._parts:
            self.stop_agent(part.name)
        if (self.folder / "platform").exists():
            self._hosting.stop(self.role("platform"))

    def check_apart(self, *names: str) -> str:
        """That neither the platform nor one of these roles can open another's agent; in words.

        Raises:
            Unavailable: `agent-exposed`.
        """
        holders = [self.role(name) for name in names]
        platform = self.role("platform")
        if platform.uid is None:
            return (
                "All roles run under one account here (not root, or an interpreter that only root "
                "can read): the agent's directory is apart by mode bits alone."
            )
        for holder in holders:
            for other in (platform, *holders):
                if other is not holder and can_open(other, holder.home / "agent"):
                    raise Unavailable(
                        "agent-exposed",
                        f"The uid {other.uid} of {other.name} can open {holder.home / 'agent'}.",
                        "Do not use this machine: its permissions do not hold.",
                    )
        uids = ", ".join(f"uid {holder.uid}" for holder in holders)
        whose = "the agent" if len(holders) == 1 else "an agent"
        others = "" if len(holders) == 1 else ", nor can another of them"
        return (
            f"Checked: the platform (uid {platform.uid}) cannot open the directory of {whose} "
            f"({uids}){others}."
        )

    def wait_for(self, role: Role, job: str, *options: str) -> None:
        """`market job wait`, with a story's patience."""
        market(role, "job", "wait", job, *options, "--timeout-seconds", str(PATIENCE_SECONDS))

    def job_of(self, role: Role, run: str) -> str:
        """The job of a run in Airflow, once it is there."""
        found: list[str] = []

        def seen() -> bool:
            found[:] = [job["job"] for job in market(role, "jobs") if job["run"] == run]
            return bool(found)

        self.await_that(seen, "the run's job")
        return found[0]

    def await_that(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until something is so.

        Raises:
            Unavailable: `demo-timeout`: it is not after PATIENCE_SECONDS.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise Unavailable(
                    "demo-timeout",
                    f"Waited {PATIENCE_SECONDS} seconds for {what}.",
                    f"Look at {self.folder / 'platform' / 'logs'}.",
                )
            time.sleep(0.5)

    def _pid_file(self, name: str) -> Path:
        return self.folder / f"{name}.agent.pid"
