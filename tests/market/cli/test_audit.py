"""market admin audit: shows, verifies and exports the trail of a real database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from world.platform_database import made_platform

from market.cli.main import main
from market.database.engine import open_database
from market.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "platform")
    made_platform(settings)
    return settings


def admin(settings: Settings, *arguments: str) -> Result:
    environment = {"MARKET_HOME": str(settings.home)}
    return CliRunner().invoke(main, ["admin", *arguments], env=environment)


def test_the_trail_is_shown_exported_and_held_to_an_export(
    settings: Settings, tmp_path: Path
) -> None:
    assert admin(settings, "organisation", "acme", "--name", "Acme Inc.").exit_code == 0
    assert admin(settings, "rotate-secret", "sign-on").exit_code == 0
    shown = admin(settings, "audit")
    assert shown.exit_code == 0, shown.output
    for words in ("organisation-added", "acme", "operator", "secret-rotation-begun", "2 entries"):
        assert words in shown.stdout
    export = tmp_path / "trail.json"
    export.write_text(admin(settings, "audit", "--json").stdout, "utf-8")
    assert [one["record"]["number"] for one in json.loads(export.read_bytes())["entries"]] == [1, 2]
    assert admin(settings, "audit", "--verify", "--head", str(export)).exit_code == 0
    chosen = admin(settings, "audit", "--act", "organisation-added", "--by", "operator", "--json")
    assert [one["record"]["number"] for one in json.loads(chosen.stdout)["entries"]] == [1]
    assert "filter-malformed" in admin(settings, "audit", "--since", "soon").stderr
    database = open_database(settings.platform_database_url)
    with database.transaction() as connection:
        connection.execute(text("DELETE FROM audit_entry WHERE number = 2"))
    database.close()
    assert admin(settings, "audit", "--verify").exit_code == 0
    cut = admin(settings, "audit", "--verify", "--head", str(export))
    assert cut.exit_code != 0
    assert "audit-broken" in cut.output + cut.stderr


def test_a_file_that_is_no_export_is_refused(settings: Settings, tmp_path: Path) -> None:
    for content in ("", "[]", '{"head": {"number": 1}}'):
        (tmp_path / "other.json").write_text(content, "utf-8")
        refused = admin(settings, "audit", "--head", str(tmp_path / "other.json"))
        assert refused.exit_code != 0
        assert "audit-head" in refused.stderr
