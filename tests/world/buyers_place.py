"""A portal on loopback where `olga` sells `visits`, and `bob` may sign in: what a buyer finds.

Runs are carried here as Airflow would carry them: the sandbox builds the plan, the agent answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.entities.job import Job
from market.policy.submission.asked_ids import dataset_ids_text
from market.policy.submission.submission import Submission
from world.command_lines import CommandLines, command_lines
from world.desk_browser import DeskBrowser
from world.people import PASSWORD
from world.waiting import eventually


@contextmanager
def buyers_place(root: Path) -> Iterator[CommandLines]:
    """The market, with its dataset published."""
    with command_lines(root) as place:
        place.done("platform", "admin", "organisation", "rand", "--name", "Rand")
        place.done("platform", "admin", "organisation", "acme", "--name", "Acme")
        for user, organisation, role in (("olga", "rand", "owner"), ("bob", "acme", "buyer")):
            who = ("admin", "user", user, "--organisation", organisation, "--name", user.title())
            place.done("platform", *who, "--role", role, given=PASSWORD)
        place.done("olga", "keys", "new")
        scopes = [part for scope in ("client", "owner", "agent") for part in ("--scope", scope)]
        login = ("login", place.words["url"], "--user", "olga", *scopes)
        place.done("olga", *login, given=PASSWORD)
        place.done("olga", "keys", "register")
        place.done("olga", "agent", "init")
        files = (str(place.root / "dataset.toml"), str(place.root / "visits.csv"))
        place.done("olga", "dataset", "publish", *files)
        yield place


def plan(place: CommandLines, job: str) -> Job:
    """The job's first step, as its run calls it."""
    found = place.platform.jobs.get(job)
    submission = Submission(
        found.repository,
        found.commit,
        dataset_ids_text([one.dataset for one in found.datasets]),
        found.epsilon,
    )
    text = json.dumps(submission.to_json())
    place.done(
        "platform", "step", "plan", f"--run={found.run}", "--user=bob", f"--submission={text}"
    )
    planned = place.platform.jobs.get(job)
    assert planned.state == "planned", planned.end.message
    return planned


def answer(place: CommandLines, job: str) -> None:
    """What follows the buyer's signature, up to the release."""
    place.agent_turn()
    place.evaluate(job)
    place.agent_turn()
    assert place.platform.jobs.get(job).state == "released"


def ended(browser: DeskBrowser, begun: str) -> str:
    """Where the work of this path has led, once it has ended well."""
    work = browser.desk.undertakings.find(begun.rpartition("/")[2])
    eventually(lambda: work.state in ("done", "broken"))
    assert work.error is None, (work.error.code, work.error.message)
    return work.path
