"""Many at once at the portal's tables: one wins, the others are told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from servers.postgres import Postgres, empty_tables
from world.builders import NOW, a_listing, a_manifest, a_standing, sign
from world.job_builders import a_job
from world.people import a_key
from world.platform_database import made_database, sqlite_url

from market.database.platform import PlatformDatabase
from market.entities.job import JobEvent
from market.entities.limits import JobsAdmitted
from market.entities.people import NewToken, Organisation, User
from market.errors import MarketError

pytestmark = pytest.mark.stories

PASSWORD = "four unrelated words"
AT_ONCE = 8


@pytest.fixture(params=["sqlite", "postgres"])
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PlatformDatabase]:
    if request.param == "sqlite":
        url = sqlite_url(tmp_path)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.migrated("platform")
    platform = made_database(url)
    if request.param == "postgres":
        empty_tables(platform.database, "platform")
    platform.people.add_organisation(Organisation("north-lab", "Laboratory"))
    for user in ("ada", "abel"):
        platform.people.add_user(
            User(user, "north-lab", user.title(), ("administrator",), "", True), PASSWORD
        )
    yield platform
    platform.database.close()


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """How often each outcome came: `done`, a returned word, or an error's code."""
    start = threading.Barrier(len(acts))

    def outcome(act: Callable[[], object]) -> str:
        start.wait(timeout=20)
        try:
            return str(act() or "done")
        except MarketError as error:
            return error.code

    with ThreadPoolExecutor(len(acts)) as threads:
        return Counter(threads.map(outcome, acts))


def published(
    platform: PlatformDatabase, owner: str = "ada", version: int = 1, again: int = 0
) -> None:
    """`again` of its columns are those of the first version."""
    manifest = a_manifest(version=version)
    manifest = replace(manifest, columns=(*a_manifest().columns[:again], *manifest.columns[again:]))
    platform.catalogue.publish(
        sign(a_listing(manifest)),
        sign(manifest),
        owner=owner,
        organisation="north-lab",
        caps={},
        now=NOW,
    )


@pytest.mark.parametrize("turn", range(3))
def test_version_is_served_again_or_deleted_and_never_both(
    platform: PlatformDatabase, turn: int
) -> None:
    published(platform)
    published(platform, version=2)
    (due,) = platform.retention.due(since=NOW)
    word = sign(a_standing(state="listed", served_versions=(1,)))
    begin = partial(platform.retention.begin, due, since=NOW, now=NOW + turn)
    outcomes = at_once(*[partial(platform.catalogue.set_standing, word, now=NOW)] * 2, *[begin] * 3)
    is_served = platform.catalogue.dataset(due.dataset).signed_standing is not None
    assert is_served == platform.catalogue.version(due.dataset, 1).is_stored
    if is_served:
        assert outcomes == {"done": 2, "version-needed": 3}
    else:
        assert outcomes == {"done": 1, "drop-begun": 2, "version-dropped": 2}


@pytest.mark.parametrize("turn", range(3))
def test_chunk_is_counted_once_whatever_is_published_while_it_goes(
    platform: PlatformDatabase, turn: int
) -> None:
    published(platform)
    published(platform, version=2, again=4)
    (due,) = platform.retention.due(since=NOW)
    platform.retention.begin(due, since=NOW, now=NOW + turn)
    finish = partial(platform.retention.finish, due, now=NOW + turn)
    appended = partial(published, platform, version=3, again=3)
    assert at_once(*[finish] * 2, *[appended] * 2) == {"done": 4}
    columns = len(a_manifest().columns)
    (stored,) = platform.catalogue.stored()
    assert stored.stored_bytes == columns + (columns - 3)
    (second,) = platform.retention.due(since=NOW)
    assert second.stored_bytes == columns - 3


def test_guesses_made_at_once_do_not_slip_past_the_limit(platform: PlatformDatabase) -> None:
    def guess() -> object:
        return platform.people.check_password("ada", "wrong words here", now=NOW)

    assert at_once(*[guess] * AT_ONCE) == {"done": 5, "too-many-attempts": AT_ONCE - 5}


class Meanwhile(PasswordHasher):
    """Verifies a password, and lets something happen before it says what it found."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__(1, 8, 1)
        self._happens = happens

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        found = super().verify(hash, password)
        self._happens()
        return found


@pytest.mark.parametrize("change", ["password", "deactivation"])
def test_sign_in_under_way_when_access_ends_opens_nothing(
    platform: PlatformDatabase, change: str
) -> None:
    def end() -> None:
        if change == "password":
            platform.people.set_password("ada", "quite other words")
        else:
            platform.people.set_active("ada", False)

    people = replace(platform.people, passwords=Meanwhile(end))
    assert people.sign_in("ada", PASSWORD, now=NOW) is None
    if change == "password":
        platform.people.set_password("ada", PASSWORD)
    else:
        platform.people.set_active("ada", True)
    told: list[User] = []
    new = NewToken("ab" * 8, "", ("client",), NOW + 60)
    token = people.sign_in_program("ada", PASSWORD, new, now=NOW, announce=told.append)
    assert token is None
    assert platform.people.tokens("ada") == []


def test_one_identity_key_goes_to_one_user(platform: PlatformDatabase) -> None:
    key = a_key("shared").public.hex
    outcomes = at_once(
        lambda: platform.people.set_identity_key("ada", key),
        lambda: platform.people.set_identity_key("abel", key),
    )
    assert outcomes == {"done": 1, "identity-of-another": 1}


def test_two_administrators_do_not_remove_each_other(platform: PlatformDatabase) -> None:
    outcomes = at_once(
        lambda: platform.people.set_active("ada", False),
        lambda: platform.people.set_roles("abel", ("buyer",)),
    )
    assert outcomes == {"done": 1, "last-administrator": 1}


def test_name_published_under_by_two_at_once_goes_to_one(platform: PlatformDatabase) -> None:
    outcomes = at_once(
        *[lambda user=user: published(platform, user) for user in ("ada", "abel")] * 3
    )
    assert outcomes == {"done": 3, "dataset-of-another": 3}


def test_version_published_twice_at_once_is_listed_once(platform: PlatformDatabase) -> None:
    assert at_once(*[lambda: published(platform)] * 4) == {"done": 4}
    assert [found.listing.record.version for found in platform.catalogue.search("")] == [1]


def test_run_taken_in_by_many_is_one_job(platform: PlatformDatabase) -> None:
    published(platform)
    jobs = [a_job(buyer="ada", epsilon=f"0.{number}") for number in range(1, 5)]
    stored = at_once(*[lambda job=job: platform.jobs.add(job).epsilon for job in jobs])
    assert len(stored) == 1


def test_job_is_moved_by_one_of_many_and_its_timeline_says_so_once(
    platform: PlatformDatabase,
) -> None:
    published(platform)
    job = platform.jobs.add(a_job(buyer="ada"))
    planned = replace(job, state="planned")
    event = JobEvent(job.job, NOW, "planned", "Planned.")

    def move() -> None:
        platform.jobs.save(planned, expected="submitted", event=event)

    outcomes = at_once(*[move] * AT_ONCE)
    assert outcomes == {"done": 1, "job-state": AT_ONCE - 1}
    assert platform.jobs.timeline(job.job) == [event]


def test_setup_link_is_used_by_one(tmp_path: Path) -> None:
    platform = made_database(sqlite_url(tmp_path))
    secret = platform.people.make_link(None, now=NOW, lifetime_seconds=60)
    used = at_once(*[lambda: platform.people.use_setup_link(secret, now=NOW)] * 4)
    platform.database.close()
    assert used == {"True": 1, "done": 3}


def test_password_link_is_used_by_one_whose_password_holds(platform: PlatformDatabase) -> None:
    secret = platform.people.make_link("ada", now=NOW, lifetime_seconds=60)
    chosen = [f"violet-anchor-{number}-moss" for number in range(4)]
    used = at_once(
        *[partial(platform.people.use_link, secret, password, now=NOW) for password in chosen]
    )
    assert used == {"True": 1, "done": 3}
    let_in = [platform.people.check_password("ada", one, now=NOW) for one in chosen]
    assert sum(user is not None for user in let_in) == 1


def test_as_many_jobs_as_an_organisation_may_have_get_in_and_no_more(
    platform: PlatformDatabase,
) -> None:
    published(platform)

    def add(number: int) -> None:
        job = a_job(job=f"job-{number}", run=f"submit_north-lab/run-{number}", buyer="ada")
        platform.jobs.add(job, within=JobsAdmitted(under_way=5, a_day=500, now=NOW))

    outcomes = at_once(*(partial(add, number) for number in range(20)))
    assert outcomes == {"done": 5, "too-many-jobs-under-way": 15}
    assert platform.jobs.taken("north-lab", since=0).under_way == 5
