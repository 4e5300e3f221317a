"""Two portals over one database behave as one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import httpx
import pytest
from world.served_portal import PASSWORD, ServedPortal, make_home, served
from world.waiting import eventually

from market.policy.operation.guessing import PATIENCE

pytestmark = pytest.mark.processes


class Portals:
    """Two of one home, and others in the place of those that a test has ended."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self._home, self._stack = home, stack
        self._numbers = count()
        self._all: list[ServedPortal] = []

    def both(self) -> tuple[ServedPortal, ServedPortal]:
        self._all = [portal for portal in self._all if portal.process.poll() is None]
        while len(self._all) < 2:
            log = self._home.parent / f"{next(self._numbers)}.log"
            self._all.append(self._stack.enter_context(served(self._home, log)))
        one, two = self._all
        return one, two

    def leader_and_other(self) -> tuple[ServedPortal, ServedPortal]:
        one, two = self.both()
        eventually(lambda: leads(one) or leads(two))
        assert sorted((leads(one), leads(two))) == [False, True]
        return (one, two) if leads(one) else (two, one)


@pytest.fixture(params=["sqlite", "postgres"], scope="module")
def portals(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portals]:
    settings: dict[str, str | int] = {"housekeeping_seconds": 1}
    if request.param == "postgres":
        settings["database_url"] = request.getfixturevalue("postgres").empty()
    home = tmp_path_factory.mktemp("portals") / "home"
    make_home(home, "ada", "bea", **settings)
    with ExitStack() as stack:
        yield Portals(home, stack)


def leads(portal: ServedPortal) -> bool:
    return bool(portal.get("/healthz").json()["leads"])


def url(portal: ServedPortal, path: str) -> str:
    return f"http://127.0.0.1:{portal.port}{path}"


def test_one_looks_after_jobs_and_the_other_takes_over(portals: Portals) -> None:
    leader, other = portals.leader_and_other()
    leader.kill()
    eventually(lambda: leads(other))
    assert other.get("/healthz").json()["housekeeper"] == "ok"


def test_leader_that_is_told_to_stop_leaves_at_once(portals: Portals) -> None:
    leader, other = portals.leader_and_other()
    leader.process.terminate()
    leader.process.wait(30)
    # Well within the lease: it was given up, not waited for.
    eventually(lambda: leads(other), patience_seconds=10)


def test_who_signs_in_at_one_is_known_to_the_other(portals: Portals) -> None:
    one, two = portals.both()
    answer = one.sign_in("ada")
    assert answer.status_code == 200
    token = answer.json()["token"]
    assert two.get("/api/v1/jobs", token).status_code == 200
    with httpx.Client(follow_redirects=False) as browser:
        page = browser.get(url(one, "/sign-in"))
        csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"user": "ada", "password": PASSWORD, "csrf": csrf}
        # Asked at one, answered at the other, as behind one address.
        signed_in = browser.post(url(two, "/sign-in"), data=form, headers={"Origin": url(two, "")})
        assert signed_in.status_code == 303, signed_in.text
        assert browser.get(url(one, "/jobs")).status_code == 200
        assert browser.get(url(two, "/jobs")).status_code == 200


def test_wrong_passwords_count_at_both_together(portals: Portals) -> None:
    body = {"user": "bea", "password": "wrong", "label": "x", "scopes": ["client"]}
    both = portals.both()
    codes = []
    with httpx.Client() as guesser:
        for number in range(20):
            answer = guesser.post(url(both[number % 2], "/api/v1/tokens"), json=body)
            codes.append(answer.json()["code"])
            if codes[-1] != "password-wrong":
                break
    # A guesser who goes from one to the other waits as long as at one alone.
    assert codes[-1] == "too-many-attempts", codes
    assert len(codes) == PATIENCE["here"].free_attempts + 1
