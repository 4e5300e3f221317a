"""A market that Python asks: a dataset listed, a buyer signed in, and whoever has work doing it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.services.compute.plan_job import plan_job
from world import command_lines
from world.command_lines import CommandLines
from world.live_market import now
from world.people import PASSWORD

_OWNER = ("--scope", "client", "--scope", "owner", "--scope", "agent")


@contextmanager
def python_market(root: Path) -> Iterator[CommandLines]:
    """`olga` has published `visits`; `bob` buys; `ada` administers."""
    with command_lines.command_lines(root) as place:
        for organisation, name, role in (
            ("rand", "olga", "owner"), ("acme", "bob", "buyer"), ("acme", "ada", "administrator"),
        ):  # fmt: skip
            place.run("platform", "admin", "organisation", organisation, "--name", organisation)
            user = ("admin", "user", name, "--organisation", organisation, "--name", name)
            place.done("platform", *user, "--role", role, given=PASSWORD)
            place.done(name, "keys", "new")
            scopes = _OWNER if name == "olga" else ()
            place.done(name, "login", place.words["url"], "--user", name, *scopes, given=PASSWORD)
            place.done(name, "keys", "register")
        place.done("olga", "agent", "init")
        files = (str(root / "dataset.toml"), str(root / "visits.csv"))
        place.done("olga", "dataset", "publish", *files)
        yield place


def work(place: CommandLines) -> None:
    """What platform and agent do with every job that waits for them."""
    for job in _in_state(place, "submitted"):
        plan_job(place.platform, place.platform.jobs.get(job), now=now())
    place.agent_turn()
    for job in _in_state(place, "approved"):
        place.evaluate(job)
    place.agent_turn()


def _in_state(place: CommandLines, state: str) -> list[str]:
    jobs = place.done("bob", "jobs", "--json").stdout
    found: list[dict[str, str]] = json.loads(jobs)
    return [one["job"] for one in found if one["state"] == state]
