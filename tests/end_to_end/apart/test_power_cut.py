"""A first start on a fresh home, every command and step that opens the database beside it, then a
power cut: a fresh connection finds every row. What started it has the worst of environments."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from servers.airflow import PASSWORD, free_port, make_program
from world.builders import DATASET
from world.lent import lend_spark_classes
from world.waiting import PATIENCE_SECONDS, eventually

from market import settings as settings_module
from market.processes.child import running
from market.processes.down import stop
from market.processes.status import NAMES, PREPARING, RESIDENT
from market.settings import Settings

pytestmark = pytest.mark.timeout(900)

PROXIES = {
    # Nobody listens there.
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "socks5://127.0.0.1:9",
}
PUBLISH = """
import os
from pathlib import Path
from servers.airflow import PEOPLE, add_people, publish_data
from market.settings import load
from market.wiring import open_platform
platform = open_platform(load(Path(os.environ["MARKET_HOME"]), os.environ))
add_people(platform, tuple(user for user in PEOPLE if user.user in ("olga", "bob")))
publish_data(platform)
"""
BY_HAND = "submit_north-lab/by-hand"


@dataclass(frozen=True)
class Machine:
    """A platform's home and the shell of whoever operates it."""

    settings: Settings

    def run(self, *command: str, given: str = "", is_done: bool = True) -> str:
        """A process beside the platform, and its output."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MARKET_HOME": str(self.settings.home),
            **PROXIES,
        }
        told = subprocess.run(
            [sys.executable, *command],
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_SECONDS,
            check=False,
        )
        assert told.returncode == 0 or not is_done, (command, told.stdout, told.stderr)
        return told.stdout

    def market(self, *arguments: str, given: str = "", is_done: bool = True) -> str:
        command = ("-P", "-m", "market.cli.main", *arguments)
        return self.run(*command, given=given, is_done=is_done)

    def portal(self, token: str = "") -> httpx.Client:
        return httpx.Client(
            base_url=self.settings.portal_url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    def sign_in(self, user: str) -> httpx.Client:
        with self.portal() as visitor:
            body = {"user": user, "password": PASSWORD, "label": "test", "scopes": ["client"]}
            answer = visitor.post("/api/v1/tokens", json=body)
        assert answer.status_code == 200, answer.text
        return self.portal(answer.json()["token"])

    def cut_power(self) -> None:
        """SIGKILL to every process of the platform and to all below it."""
        leaders = [running(self.settings, name) for name in (*NAMES, RESIDENT, PREPARING)]
        found = [psutil.Process(pid) for pid in leaders if pid is not None]
        everyone = [*found, *(below for one in found for below in one.children(recursive=True))]
        for process in everyone:
            # One of those below may have ended by itself since it was found.
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(everyone, timeout=PATIENCE_SECONDS)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Through a connection of its own, as after a restart."""
        with closing(sqlite3.connect(self.settings.home / "portal.db")) as database:
            return database.execute(query).fetchall()

    def column(self, query: str) -> set[Any]:
        return {row[0] for row in self.rows(query)}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    home = tmp_path / "märkt"
    home.mkdir()
    (home / "market.toml").write_text(
        f"portal_port = {free_port()}\nairflow_port = {free_port()}\n"
        "allow_file_repositories = true\n"
    )
    lend_spark_classes(home)
    machine = Machine(settings_module.load(home, {}))
    try:
        yield machine
    finally:
        stop(machine.settings)


def set_up(machine: Machine) -> None:
    """The first administrator, by the link, in the portal's page."""
    path = machine.market("admin", "setup-link").strip().removeprefix(machine.settings.portal_url)
    with machine.portal() as browser:
        csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', browser.get(path).text)
        assert csrf is not None
        form = {
            "csrf": csrf[1],
            "organisation": "harbour",
            "organisation_name": "Harbour",
            "user": "ada",
            "name": "Ada",
            "password": PASSWORD,
        }
        origin = {"Origin": machine.settings.portal_url}
        answer = browser.post(path, data=form, headers=origin)
    assert answer.status_code == 303, answer.text


def add_in_the_portal(machine: Machine) -> None:
    with machine.sign_in("ada") as ada:
        organisation = {"organisation": "rival-lab", "name": "Rival Lab"}
        assert ada.post("/api/v1/organisations", json=organisation).status_code == 201
        eve = {
            "user": "eve",
            "organisation": "rival-lab",
            "name": "Eve",
            "roles": ["buyer"],
            "password": PASSWORD,
        }
        assert ada.post("/api/v1/users", json=eve).status_code == 201


def administer_beside(machine: Machine) -> None:
    assert "does not answer" not in machine.market("status")
    # Ports, packages and homes: what it finds is not what counts here.
    machine.market("doctor", "--role", "platform", is_done=False)
    assert "up to date" in machine.market("admin", "migrate")
    machine.market("admin", "organisation", "acme", "--name", "Acme")
    options = ("--organisation", "acme", "--name", "Carl", "--role", "buyer")
    machine.market("admin", "user", "carl", *options, given=f"{PASSWORD}\n")
    machine.market("admin", "password", "carl", given=f"{PASSWORD}!\n")
    machine.market("admin", "deactivate", "carl")
    machine.market("admin", "activate", "carl")
    assert "carl" in machine.market("admin", "users")


def take_steps_beside(machine: Machine, repository: str, commit: str) -> set[tuple[str, str]]:
    """By hand and by Airflow; the jobs and their states, as the portal shows them then."""
    form = {"repository": repository, "commit": commit, "dataset": DATASET, "epsilon": "0.5"}
    as_bob = (f"--run={BY_HAND}", "--user=bob", f"--submission={json.dumps(form)}")
    assert "planned" in machine.market("step", "plan", *as_bob)
    # Nobody has signed it: it only looks.
    machine.market("step", "evaluate", f"--run={BY_HAND}", is_done=False)
    with machine.sign_in("bob") as bob:
        submitted: list[httpx.Response] = []

        def is_taken() -> bool:
            submitted[:] = [bob.post("/api/v1/jobs", json=form)]
            return submitted[0].status_code == 201

        eventually(is_taken)
        job = submitted[0].json()["job"]

        def state() -> str:
            return str(bob.get(f"/api/v1/jobs/{job}").json()["state"])

        eventually(lambda: state() == "planned")
        return {(one["job"], one["state"]) for one in bob.get("/api/v1/jobs").json()}


def test_every_row_outlives_commands_steps_and_a_power_cut(
    machine: Machine, tmp_path: Path
) -> None:
    machine.market("up")
    set_up(machine)
    add_in_the_portal(machine)
    administer_beside(machine)
    machine.run("-c", PUBLISH)
    jobs = take_steps_beside(machine, *make_program(tmp_path / "program"))
    # A submission that the form was not ready for is a job too.
    assert [state for _, state in sorted(jobs)].count("planned") == 2
    with machine.sign_in("eve") as eve:
        last = eve.get("/api/v1/tokens").json()[0]["token_id"]
    machine.cut_power()
    assert machine.column("SELECT organisation FROM organisation") == {
        *("acme", "clinics", "harbour", "north-lab", "rival-lab")
    }
    assert machine.column("SELECT user_id FROM person") == {"ada", "bob", "carl", "eve", "olga"}
    assert machine.rows("SELECT count(*) FROM api_token") == [(3,)]
    assert last in machine.column("SELECT token_id FROM api_token")
    assert machine.rows("SELECT dataset FROM dataset_version") == [(DATASET,)]
    assert set(machine.rows("SELECT job, state FROM job")) == jobs
    assert machine.rows("SELECT count(*) FROM ledger_reservation") == [(2,)]
