"""The first page of each role does what it says, in at most six steps: its commands are run in
their order, with what a person types put in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from world.answering_platform import answering_platform
from world.command_lines import CommandLines, command_lines
from world.consortium_lines import consortium_lines
from world.live_market import now
from world.people import PASSWORD

import market
from market.cli.main import main
from market.entities.job import Job
from market.records.fingerprint_words import words_of
from market.services.compute.plan_job import plan_job

pytestmark = pytest.mark.processes

PAGES = Path(market.__file__).parent / "start"
MOST_STEPS = 6
ADDRESS = "https://market.example.org"
_STEP = re.compile(r"^(\d+)\. \*\*", re.MULTILINE)
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands(page: str) -> list[list[str]]:
    """The page's commands of the product, in order, without `market`."""
    text = (PAGES / page).read_text("utf-8")
    lines = [line.strip() for block in _BLOCK.findall(text) for line in block.splitlines()]
    asked = [shlex.split(line) for line in lines if line.startswith("market ")]
    installed = [line for line in lines if line.startswith("pip install 'ciphertext-market[")]
    assert len(asked) + len(installed) == len([line for line in lines if line])
    return [one[1:] for one in asked]


@pytest.mark.parametrize("page", ["OPERATOR.md", "OWNER.md", "BUYER.md", "MEMBER.md"])
def test_a_page_has_at_most_six_steps_and_leads_on(page: str) -> None:
    text = (PAGES / page).read_text("utf-8")
    steps = [int(number) for number in _STEP.findall(text)]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) <= MOST_STEPS
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (PAGES / target).exists(), target


@dataclass
class Reader:
    """Somebody who types a page's commands, as `role`."""

    place: CommandLines
    role: str
    typed: Mapping[str, str]
    """What they type at a command that begins so."""
    words: dict[str, str]
    """What stands for what the page says."""

    def follow(self, page: str) -> str:
        """Run all of a page; the last command's output."""
        output = ""
        for command in commands(page):
            output = self.run(command)
        return output

    def run(self, command: list[str]) -> str:
        if command == ["agent", "run"]:
            # It runs for good; what it does in a round is looked at where it matters.
            return ""
        meant = [self.words.get(word, word) for word in command]
        line = " ".join(command)
        given = next((text for start, text in self.typed.items() if line.startswith(start)), "")
        return self.place.done(self.role, *meant, given=given).output


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    with command_lines(tmp_path_factory.mktemp("market")) as place:
        for organisation, user, role in (("rand", "olga", "owner"), ("acme", "bob", "buyer")):
            place.done("platform", "admin", "organisation", organisation, "--name", organisation)
            of = ("--organisation", organisation, "--name", user.title(), "--role", role)
            place.done("platform", "admin", "user", user, *of, given=f"{PASSWORD}\n")
        yield place


def test_an_operator_gets_to_the_platforms_words(tmp_path: Path) -> None:
    with answering_platform(tmp_path) as settings:
        ports = f"portal_port = {settings.portal_port}\nairflow_port = {settings.airflow_port}\n"
        (settings.home / "market.toml").write_text(ports)
        assert (
            CliRunner().invoke(main, ["admin", "migrate", "--home", str(settings.home)]).exit_code
            == 0
        )
        told = {}
        for command in commands("OPERATOR.md"):
            meant = [str(settings.home) if word == "./platform" else word for word in command]
            given = f"{PASSWORD}\n" if command[:2] == ["admin", "user"] else ""
            result = CliRunner().invoke(main, meant, input=given)
            told[" ".join(command[:2])] = result
        # Whether this machine has a sandbox and Java is not what is looked at.
        assert {name: one.exit_code for name, one in told.items() if name != "doctor --role"} == {
            "up --home": 0,
            "admin organisation": 0,
            "admin user": 0,
            "admin reset": 0,
            "admin identity": 0,
        }
        assert "/setup/" in told["up --home"].stderr


def test_an_owner_gets_to_a_listed_dataset_and_a_buyer_to_an_opened_answer(
    place: CommandLines,
) -> None:
    platform = words_of(place.platform.identity.public.fingerprint())
    typed = {"pin platform": f"{platform}\n", "login": f"{PASSWORD}\n"}
    root = place.root
    names = {
        ADDRESS: place.settings.portal_url,
        "visits.csv": str(root / "visits.csv"),
        "dataset.toml": str(root / "dataset.toml"),
        "my-job": str(root / "my-job"),
        "answers.html": str(root / "answers.html"),
    }
    filled_in = (root / "dataset.toml").read_text()
    owner = Reader(place, "olga", typed, names)
    for command in commands("OWNER.md"):
        if command[:2] == ["dataset", "propose"]:
            (root / "dataset.toml").unlink()
        owner.run(command)
        if command[:2] == ["dataset", "propose"]:
            # The person fills the form in.
            assert 'title = ""' in (root / "dataset.toml").read_text()
            (root / "dataset.toml").write_text(filled_in)
    own_words = place.done("olga", "keys", "show").output.split("words", 1)[1].splitlines()[0]
    buyer = Reader(place, "bob", typed | {"pin owner": f"{own_words.strip()}\n"}, names)
    for command in commands("BUYER.md"):
        if command[0] == "sign":
            command = ["sign", "JOB", "--yes"]
        buyer.run(command)
        if command[0] == "submit":
            (job,) = place.platform.jobs.of_buyer("bob", "submitted", limit=1)
            names["JOB"] = job.job
            planned = plan_job(place.platform, job, now=now())
            assert planned.state == "planned", planned.end
        if command[0] == "sign":
            release(place, job)
    assert "data:image/svg+xml" in (root / "answers.html").read_text()


def release(place: CommandLines, job: Job) -> None:
    """What agent and platform do meanwhile."""
    place.agent_turn()
    place.evaluate(job.job)
    place.agent_turn()


def test_members_get_to_a_consortium_that_can_be_asked(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with consortium_lines(tmp_path_factory.mktemp("consortium")) as place:
        root = place.root
        names = {name: str(root / name) for name in ("three.toml", "dataset.toml", "visits.csv")}
        members = ("olga", "carol", "dora")
        words = {
            one: place.done(one, "keys", "show").output.split("words", 1)[1].splitlines()[0].strip()
            for one in members
        }
        for command in commands("MEMBER.md"):
            who = members[:1] if command[1] == "propose" else members
            for one in who:
                others = "".join(f"{words[other]}\n" for other in members if other != one)
                yes = ["--yes"] if command[1] in ("join", "consent") else []
                # A member without data binds none.
                said = command[:3] if one == "dora" and command[1] == "bind" else command
                Reader(place, one, {"consortium consent": others}, names).run([*said, *yes])
        shown = place.done("olga", "consortium", "show", "three-clinics").output
        assert "It can be asked" in shown
