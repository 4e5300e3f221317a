"""What a stolen database tells about passwords, sessions and tokens: nothing to sign in with."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import event, select
from world.builders import NOW
from world.platform_database import QUICK, made_database, sqlite_url

from market.database.people import tables as people_tables
from market.database.people.passwords import PASSWORDS
from market.database.platform import PlatformDatabase
from market.entities.people import Organisation, User

PASSWORD = "four unrelated words"
SLOWER = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path)


def opened(url: str, passwords: PasswordHasher = QUICK) -> PlatformDatabase:
    return made_database(url, passwords)


def with_ada(url: str) -> PlatformDatabase:
    platform = opened(url)
    platform.people.add_organisation(Organisation("lab", "Laboratory"))
    platform.people.add_user(User("ada", "lab", "Ada", ("buyer",), "", True), PASSWORD)
    return platform


def password_hash(platform: PlatformDatabase) -> str:
    with platform.database.reading() as connection:
        found = connection.execute(select(people_tables.PERSON.c.password_hash))
        return str(found.scalar_one())


def test_no_secret_stands_in_the_file(url: str, tmp_path: Path) -> None:
    platform = with_ada(url)
    secrets = [
        PASSWORD,
        platform.people.make_link(None, now=NOW, lifetime_seconds=60),
        platform.people.make_link("ada", now=NOW, lifetime_seconds=60),
        platform.people.open_session("ada", now=NOW),
        platform.people.issue_token("ada", ("client",), "cli", now=NOW, lifetime_seconds=60),
    ]
    platform.people.check_password("a password typed as name", PASSWORD, now=NOW)
    platform.database.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Laboratory" in stored
    for secret in [*secrets, "a password typed as name"]:
        assert secret.encode() not in stored


def test_password_is_hashed_anew_when_the_cost_has_changed(url: str) -> None:
    with_ada(url).database.close()
    platform = opened(url, SLOWER)
    assert "t=1" in password_hash(platform)
    assert platform.people.check_password("ada", "wrong words here", now=NOW) is None
    assert "t=1" in password_hash(platform)
    assert platform.people.check_password("ada", PASSWORD, now=NOW) is not None
    assert "t=2" in password_hash(platform)
    assert platform.people.check_password("ada", PASSWORD, now=NOW) is not None
    platform.database.close()


def test_default_cost_is_that_of_rfc_9106() -> None:
    assert (PASSWORDS.time_cost, PASSWORDS.memory_cost, PASSWORDS.type.name) == (3, 65_536, "ID")


def test_unknown_name_costs_one_verification_too(url: str) -> None:
    platform = with_ada(url)
    nobody, real = platform.people.nobody, QUICK.hash(PASSWORD)
    assert extract_parameters(nobody) == extract_parameters(real)
    assert platform.people.check_password("eve", "nobody's password", now=NOW) is None
    platform.database.close()


def test_dead_links_are_looked_for_alike(url: str) -> None:
    platform = with_ada(url)
    used, expired = (
        platform.people.make_link(user, now=NOW, lifetime_seconds=60) for user in ("ada", None)
    )
    assert platform.people.use_link(used, "quite other words", now=NOW)
    asked: list[list[str]] = []

    def note(_c: object, _r: object, statement: str, *_rest: object) -> None:
        asked[-1].append(statement)

    event.listen(platform.database.engine, "before_cursor_execute", note)
    for dead in (used, expired, "never made"):
        asked.append([])
        assert not platform.people.use_link(dead, "quite other words", now=NOW + 60)
    platform.database.close()
    assert asked[0] == asked[1] == asked[2] != []
