"""market admin reset and remove, on a real database."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from world.people import PASSWORD
from world.platform_database import made_platform

from market.cli.main import main
from market.settings import Settings
from market.wiring import open_platform


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "platform")
    made_platform(settings)
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    admin(settings, "organisation", "acme", "--name", "Acme Inc.")
    for name, role in (("ada", "administrator"), ("bob", "buyer")):
        who = (name, "--organisation", "acme", "--name", name.title(), "--role", role)
        done = admin(settings, "user", *who, "--password-file", str(tmp_path / "password"))
        assert done.exit_code == 0, done.output
    return settings


def admin(settings: Settings, *arguments: str) -> Result:
    environment = {"MARKET_HOME": str(settings.home)}
    return CliRunner().invoke(main, ["admin", *arguments], env=environment)


def test_reset_shows_a_link_that_sets_a_password(settings: Settings) -> None:
    url = admin(settings, "reset", "bob").stdout.strip()
    assert url.startswith(f"{settings.portal_url}/password/")
    people, now = open_platform(settings).people, int(time.time())
    secret = url.rpartition("/")[2]
    assert not people.use_link(secret, "violet-anchor-7-moss", now=now + 24 * 3_600 + 60)
    assert people.use_link(secret, "violet-anchor-7-moss", now=now)
    assert "no-user" in admin(settings, "reset", "nobody").stderr


def test_removal_is_asked_about_and_keeps_the_last_administrator(settings: Settings) -> None:
    assert "not-confirmed" in admin(settings, "remove", "bob").stderr
    assert "last-administrator" in admin(settings, "remove", "ada", "--yes").stderr
    done = admin(settings, "remove", "bob", "--yes")
    assert (done.exit_code, done.stdout) == (0, "User bob is Former member #1 now.\n")
    told = json.loads(admin(settings, "users", "--json").stdout)
    assert [one["former_number"] for one in told] == [None, 1]
    assert "user-removed" in admin(settings, "activate", "bob").stderr
    assert "user-removed" in admin(settings, "reset", "bob").stderr
