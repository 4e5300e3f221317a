"""Whatever door a question comes in by, one rule reads its epsilon and its commit: the same texts
become the same job, or are refused with the same code. The doors are real: a portal on loopback,
the command line, a buyer's desk, and the step that takes in what Airflow's form let through."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

import pytest
from world.browser import Browser
from world.buyers_place import buyers_place, ended
from world.command_lines import CommandLines
from world.desk_browser import DeskBrowser
from world.live_market import now
from world.people import PASSWORD

from market.desk.desk import Desk
from market.entities.job import Job
from market.errors import Refused
from market.policy.submission.submission import Submission
from market.portal.app import create_app
from market.services.submit.take_in_run import take_in_run

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parent.parent.parent
COMMIT = "0123456789abcdef0123456789abcdef01234567"
EPSILONS = {
    "0.5": "0.5",
    " 0.50\t": "0.5",
    "01": "1",
    "001": "1",
    "1.000000000": "1",
    "100.0": "100",
    "": "epsilon-malformed",
    "0": "epsilon-malformed",
    "00.0": "epsilon-malformed",
    "-1": "epsilon-malformed",
    "+1": "epsilon-malformed",
    "1e1": "epsilon-malformed",
    ".5": "epsilon-malformed",
    "1.": "epsilon-malformed",
    "0,5": "epsilon-malformed",
    "100.000000001": "epsilon-malformed",
    "0.0000000001": "epsilon-malformed",
    "1/2": "epsilon-malformed",
    "NaN": "epsilon-malformed",
    "\uff11": "epsilon-malformed",
    "\u0661": "epsilon-malformed",
    "1 000": "epsilon-malformed",
    "\u00a01": "epsilon-malformed",
}
"""By what is typed: the normal form, or the code."""
COMMITS = {
    COMMIT: COMMIT,
    f" {COMMIT}\n": COMMIT,
    COMMIT.upper(): COMMIT,
    "main": "commit-malformed",
    "HEAD": "commit-malformed",
    COMMIT[:12]: "commit-malformed",
    COMMIT[:-1]: "commit-malformed",
    COMMIT + "0": "commit-malformed",
    COMMIT[:-1] + "g": "commit-malformed",
    f"{COMMIT[:20]} {COMMIT[20:]}": "commit-malformed",
    COMMIT[:-1] + "\uff10": "commit-malformed",
    f"\u00a0{COMMIT}": "commit-malformed",
}
ASKED = Submission("https://git.example.org/questions.git", COMMIT, "visits", "0.5")
ALL = [
    *((replace(ASKED, epsilon=text), "epsilon", became) for text, became in EPSILONS.items()),
    *((replace(ASKED, commit=text), "commit", became) for text, became in COMMITS.items()),
]
_RUNS = itertools.count()


@dataclass
class Doors:
    """A market, and bob before each of its doors. Each answers with a job's id, or with what it
    says of a refusal."""

    place: CommandLines
    browser: Browser
    desk: DeskBrowser
    program: str

    def form(self, asked: Submission) -> str:
        fields = asked.to_json()
        answer = self.browser.post("/jobs/new", page="/jobs/new", **fields)
        return answer.headers["location"] if answer.is_redirect else unescape(answer.text)

    def api(self, asked: Submission) -> str:
        token = self.place.platform.people.issue_token(
            "bob", ("client",), "test", now=now(), lifetime_seconds=600
        )
        headers = {"Authorization": f"Bearer {token}"}
        body = asked.to_json()
        return self.browser.send("POST", "/api/v1/jobs", json=body, headers=headers).text

    def command_line(self, asked: Submission) -> str:
        said = (f"--repository={asked.repository}", f"--commit={asked.commit}")
        what = (f"--dataset={asked.dataset}", f"--epsilon={asked.epsilon}")
        checkout = str(self.place.checkout)
        return self.place.run("bob", "submit", checkout, *said, *what, "--json").output

    def at_the_desk(self, asked: Submission) -> str:
        """The commit is the checkout's own there; nobody types it."""
        where = f"/programs/{self.program}"
        answer = self.desk.post(f"{where}/submit", page=f"{where}/quote", epsilon=asked.epsilon)
        return answer.headers["location"] if answer.is_redirect else unescape(answer.text)

    def step(self, asked: Submission) -> str:
        """What Airflow would give its step, had its form let everything through."""
        bob = self.place.platform.people.user("bob")
        run = f"submit_acme/manual__{next(_RUNS)}"
        job = take_in_run(self.place.platform, bob, run=run, submission=asked, now=now())
        return f"{job.job} {job.end.code if job.end else ''}"


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with buyers_place(tmp_path_factory.mktemp("market")) as place:
        place.done("bob", "keys", "new")
        place.done("bob", "login", place.words["url"], "--user", "bob", given=PASSWORD)
        place.done("bob", "keys", "register")
        browser = Browser(create_app(place.platform, place.settings), place.settings.portal_url)
        signed_in = browser.post("/sign-in", page="/sign-in", user="bob", password=PASSWORD)
        assert signed_in.status_code == 303
        desk = DeskBrowser(Desk(place.root / "bob", place.agent_home("bob")))
        desk.enter()
        yield Doors(place, browser, desk, priced(desk, place.checkout))
        desk.desk.close()


def priced(desk: DeskBrowser, checkout: Path) -> str:
    """The number of a program that was written and priced at the desk."""
    made = desk.post("/programs/new", page="/programs", dataset="visits", new=str(checkout))
    program = re.match(r"/programs/([0-9a-f]{16})", desk.place(made))
    assert program is not None
    begun = desk.post(f"{program[0]}/price", page=program[0])
    ended(desk, desk.place(begun))
    return program[1]


def judged(asked: Submission) -> Submission | Refused:
    """What the rule makes of it."""
    try:
        return asked.normal()
    except Refused as refused:
        return refused


def job_named(doors: Doors, said: str) -> Job | None:
    found = re.search(r"job-[0-9a-f]{12}", said)
    return doors.place.platform.jobs.get(found[0]) if found else None


def check(doors: Doors, door: Callable[[Submission], str], asked: Submission, kind: str) -> None:
    """That a door answers as the rule does."""
    before = len(doors.place.platform.jobs.of_buyer("bob", "submitted", limit=100))
    said = door(asked)
    taken = len(doors.place.platform.jobs.of_buyer("bob", "submitted", limit=100)) - before
    normal = judged(asked)
    if isinstance(normal, Refused):
        assert normal.code in said or normal.message in said, (door.__name__, asked, said)
        assert taken == 0
        return
    assert taken == 1
    job = job_named(doors, said)
    assert job is not None, (door.__name__, asked, said)
    assert job.end is None
    assert getattr(job, kind) == getattr(normal, kind)


@pytest.mark.parametrize(("asked", "kind", "became"), ALL)
def test_rule_itself(asked: Submission, kind: str, became: str) -> None:
    normal = judged(asked)
    assert became == (normal.code if isinstance(normal, Refused) else getattr(normal, kind))


@pytest.mark.parametrize("door", ["form", "api", "command_line", "step"])
def test_every_door_takes_and_refuses_alike(doors: Doors, door: str) -> None:
    for asked, kind, _ in ALL:
        check(doors, getattr(doors, door), asked, kind)


def test_desk_takes_and_refuses_the_same_epsilons(doors: Doors) -> None:
    for asked, kind, _ in ALL:
        if kind == "epsilon":
            check(doors, doors.at_the_desk, asked, kind)


def test_airflows_form_lets_through_what_is_taken_and_nothing_else() -> None:
    """Its patterns, as they stand in the DAG files, which may import nothing of ours."""
    tree = ast.parse((ROOT / "dags" / "job_forms.py").read_text("utf-8"))
    patterns = {
        one.targets[0].id: ast.literal_eval(one.value)
        for one in tree.body
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
        if one.targets[0].id in ("COMMIT", "EPSILON")
    }
    for asked, kind, became in ALL:
        passes = re.search(patterns[kind.upper()], getattr(asked, kind)) is not None
        assert passes == (not became.endswith("-malformed")), asked
