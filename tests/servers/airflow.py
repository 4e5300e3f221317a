"""The whole platform for tests: portal and Airflow's three processes, as `market up` starts them.

One home, one database, one published dataset of random limbs, a buyer of each of two
organisations. Started when a test first asks for it, stopped by process id at the end.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from world.builders import DATASET, a_listing, a_manifest, a_schema, an_appointment, sign, text
from world.lent import lend_airflow_database, lend_spark_classes
from world.people import a_key
from world.platform_database import made_database
from world.random_ciphertext import publish_random
from world.waiting import PATIENCE_SECONDS, eventually

from market.adapters.platform_secrets import SIGN_ON, platform_secret, rotated_secret
from market.airflow.scheduler import AirflowScheduler
from market.airflow.sign_on_code import issue_code
from market.database.people.passwords import PASSWORDS
from market.entities.people import Organisation, User
from market.ports.people import hash_of
from market.processes.down import stop
from market.processes.up import start
from market.services.platform import Platform
from market.services.publish.publish_dataset import publish_dataset
from market.settings import Settings
from market.wiring import platform_over

PASSWORD = "copper-lantern-orchid-42"
NO_SPARK = "spark://127.0.0.1:9"
"""A master where nobody listens, so that `up` keeps no application: no job gets as far as Spark."""
PROGRAM = """
def build(ds):
    return {"rows": ds.count(), "age": ds["age"].mean()}
"""
PEOPLE = (
    User("ada", "harbour", "Ada", ("administrator",), "", is_active=True),
    User("olga", "clinics", "Olga", ("owner",), a_key("olga").public.hex, is_active=True),
    User("bob", "north-lab", "Bob", ("buyer",), a_key("bob").public.hex, is_active=True),
    User("eve", "rival-lab", "Eve", ("buyer",), a_key("eve").public.hex, is_active=True),
)


@dataclass
class RunningPlatform:
    """`platform` opens the same home as the processes; `program` is (address, commit)."""

    settings: Settings
    platform: Platform
    scheduler: AirflowScheduler
    program: tuple[str, str]

    def code(self, user: str) -> str:
        """A code by which the platform acts for a user."""
        return self._code(user)

    def _code(self, user: str, *, session: str = "", browser: str = "") -> str:
        secret = platform_secret(self.settings, SIGN_ON).reveal()
        return issue_code(secret, user, int(time.time()), session=session, browser=browser)

    def airflow(self, user: str) -> httpx.Client:
        """Airflow's API as this user, in a portal session of their own."""
        session = self.platform.people.open_session(user, now=int(time.time()))
        body = {"code": self._code(user, session=hash_of(session))}
        url = f"{self.settings.airflow_url}/auth/code"
        answer = httpx.post(url, json=body, timeout=PATIENCE_SECONDS)
        assert answer.status_code == 201, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(
            base_url=self.settings.airflow_url, headers=headers, timeout=PATIENCE_SECONDS
        )

    def form(self, **changes: str) -> dict[str, str]:
        repository, commit = self.program
        values = {"repository": repository, "commit": commit, "dataset": DATASET, "epsilon": "0.5"}
        return values | changes

    def task_states(self, client: httpx.Client, dag: str, run: str) -> dict[str, str | None]:
        answer = client.get(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")
        assert answer.status_code == 200, answer.text
        return {task["task_id"]: task["state"] for task in answer.json()["task_instances"]}


@pytest.fixture(scope="session")
def running_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    with started_platform(tmp_path_factory.mktemp("platform")) as running:
        yield running


@contextmanager
def started_platform(root: Path, **databases: str) -> Iterator[RunningPlatform]:
    """Up, and its buyer's form is offered; down at the end of the block."""
    settings = Settings(
        home=root / "home",
        portal_port=free_port(),
        airflow_port=free_port(),
        airflow_parallelism=2,
        spark_master=NO_SPARK,
        allow_file_repositories=True,
        **databases,  # type: ignore[arg-type] # addresses, all of them
    )
    settings.home.mkdir(mode=0o700)
    lend_spark_classes(settings.home)
    if not settings.airflow_database_url:
        lend_airflow_database(settings.home)
    database = made_database(settings.platform_database_url, PASSWORDS)
    platform = platform_over(database, settings)
    add_people(platform, PEOPLE)
    publish_data(platform)
    secret = rotated_secret(settings, SIGN_ON)
    scheduler = AirflowScheduler(settings.airflow_url, secret)
    running = RunningPlatform(settings, platform, scheduler, make_program(root / "program"))
    messages: list[str] = []
    start(settings, messages.append)
    try:
        with running.airflow("bob") as bob:
            dag = "/api/v2/dags/submit_north-lab"
            eventually(lambda: bob.get(dag).status_code == 200)
        yield running
    finally:
        stop(settings)
        scheduler.close()
        database.database.close()


def add_people(platform: Platform, users: tuple[User, ...]) -> None:
    """Each with an organisation of their own."""
    for user in users:
        platform.people.add_organisation(Organisation(user.organisation, user.organisation.title()))
        platform.people.add_user(user, PASSWORD)


def publish_data(platform: Platform) -> None:
    """Olga's dataset, open to everybody."""
    schema = a_schema()
    random = publish_random(
        platform.objects,
        schema.encoded_columns,
        1,
        ciphertexts_per_chunk=1,
        dataset=DATASET,
    )
    manifest = replace(a_manifest(schema), columns=random.manifest.columns)
    listing = a_listing(manifest, schema)
    olga = platform.people.user("olga")
    documents = (text(sign(listing)), text(sign(manifest)))
    platform.appointments.add("olga", sign(an_appointment()), now=int(time.time()))
    publish_dataset(platform, olga, *documents, now=int(time.time()))


def make_program(folder: Path) -> tuple[str, str]:
    """A repository with one commit: its address and the commit."""
    folder.mkdir()
    (folder / "job.py").write_text(PROGRAM)
    identity: list[Any] = ["-c", "user.name=Bob", "-c", "user.email=bob@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "Ask"]):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    head = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    )
    return f"file://{folder}", head.stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
