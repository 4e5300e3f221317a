"""What `market up` refuses before it makes anything, what it says when it is done, and what
`market status` tells a program that watches."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from world.answering_platform import answering_platform
from world.answering_resident import answering_resident

from market import wire
from market.adapters.resident_spark import ResidentState, kept
from market.cli.main import main
from market.processes.child import STOP_SECONDS, pid_path
from market.processes.status import PORTAL, RELAY, RESIDENT, names
from market.processes.up import children
from market.services.people.set_up import require_setup_link
from market.settings import Settings
from market.wiring import open_platform

pytestmark = pytest.mark.stories

PASSWORD = "correct horse battery"


def market(*arguments: object, given: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A platform that runs, so that `up` has nothing to start; its database is made."""
    with answering_platform(tmp_path) as settings:
        ports = f"portal_port = {settings.portal_port}\nairflow_port = {settings.airflow_port}\n"
        (settings.home / "market.toml").write_text(ports)
        assert market("admin", "migrate", "--home", settings.home).exit_code == 0
        yield settings


@pytest.mark.parametrize("name", ["what?", "$HOME", "100%", "a%(b)s"])
def test_home_that_airflow_would_look_for_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    home = tmp_path / name / "platform"
    result = market("up", "--home", home, "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "home-path"
    assert str(home) in error["message"]
    assert list(tmp_path.iterdir()) == []


def test_up_tells_how_the_first_administrator_comes_in(settings: Settings) -> None:
    told = market("up", "--home", settings.home)
    assert told.exit_code == 0, told.output
    link = next(line.strip() for line in told.stderr.splitlines() if "/setup/" in line)
    assert link.startswith(f"{settings.portal_url}/setup/")
    secret = link.rpartition("/")[2]
    require_setup_link(open_platform(settings), secret, now=int(time.time()))


def test_up_is_silent_about_it_once_there_is_one(settings: Settings) -> None:
    home = ("--home", settings.home)
    assert market("admin", "organisation", "acme", "--name", "Acme", *home).exit_code == 0
    person = ("--organisation", "acme", "--name", "Ada", "--role", "administrator")
    made = market("admin", "user", "ada", *person, *home, given=f"{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    told = market("up", *home)
    assert told.exit_code == 0, told.output
    assert "/setup/" not in told.output


def test_relay_apart_is_one_more_process(tmp_path: Path) -> None:
    apart = Settings(
        home=tmp_path, relay_public_url="https://relay.example", relay_grace_seconds=60
    )
    assert RELAY in names(apart)
    (relay,) = [child for child in children(apart) if child.name == RELAY]
    assert relay.command[-1] == "relay"
    assert int(relay.environment["MARKET_RELAY_GRACE_SECONDS"]) < STOP_SECONDS
    inside = Settings(home=tmp_path)
    assert RELAY not in (*names(inside), *(child.name for child in children(inside)))


def test_status_ends_well_only_while_everything_answers(settings: Settings) -> None:
    assert market("status", "--home", settings.home).exit_code == 0
    pid_path(settings, PORTAL).unlink()
    told = market("status", "--home", settings.home, "--json")
    assert told.exit_code == 1
    parts = {part["name"]: part["answers"] for part in json.loads(told.stdout)}
    assert [name for name, answers in parts.items() if not answers] == [PORTAL, RESIDENT]


STATE = ResidentState(4711, 1_750_000_000, 12, 1, 812_000_000)


def of_spark(settings: Settings) -> dict[str, Any]:
    (found,) = (
        part
        for part in json.loads(market("status", "--home", settings.home, "--json").stdout)
        if part["name"] == RESIDENT
    )
    return found


def test_status_tells_what_sparks_application_says_of_itself(settings: Settings) -> None:
    home = made_spark_home(settings)
    with kept(home), answering_resident(home, *[wire.encode(STATE)] * 2):
        told = market("status", "--home", settings.home)
        assert of_spark(settings)["application"] == wire.to_json(STATE)
    assert told.exit_code == 0
    assert (
        "spark: process 4711 since 2025-06-15 15:06:40, 12 jobs done, 1 at work, 812 of 3000 MB"
        in told.output
    )


def test_status_ends_well_without_sparks_application_and_doctor_says_what_to_do(
    settings: Settings,
) -> None:
    home = made_spark_home(settings)
    with kept(home):
        assert check_of_spark(settings) == (True, "starting: jobs wait for it", "")
    is_ok, found, next_action = check_of_spark(settings)
    assert (is_ok, found) == (False, "ends as it starts: each job starts a Spark of its own")
    assert "spark.log" in next_action
    pid_path(settings, RESIDENT).unlink()
    is_ok, found, next_action = check_of_spark(settings)
    assert (is_ok, found) == (False, "not running: each job starts a Spark of its own")
    assert next_action.startswith("market up")
    assert market("status", "--home", settings.home).exit_code == 0
    assert (of_spark(settings)["pid"], of_spark(settings)["application"]) == (None, None)


def test_nothing_is_said_of_an_application_that_a_cluster_has_for_each_job(
    settings: Settings,
) -> None:
    with (settings.home / "market.toml").open("a") as text:
        text.write('spark_master = "spark://spark.example.org:7077"\n')
    told = market("status", "--home", settings.home, "--json").stdout
    assert RESIDENT not in [part["name"] for part in json.loads(told)]


def made_spark_home(settings: Settings) -> Path:
    home = settings.home / "spark"
    home.mkdir()
    return home


def check_of_spark(settings: Settings) -> tuple[bool, str, str]:
    told = market("doctor", "--role", "platform", "--json", "--home", settings.home)
    (found,) = (
        check for check in json.loads(told.stdout) if check["name"] == "application of spark"
    )
    return found["is_ok"], found["found"], found["next_action"]
