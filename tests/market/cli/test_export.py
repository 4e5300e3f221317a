"""market admin export: one file of one organisation, for its reader alone."""

from __future__ import annotations

import zipfile
from pathlib import Path

from click.testing import CliRunner, Result
from world.platform_database import made_platform

from market.cli.main import main
from market.settings import Settings


def test_export_is_written_once_and_for_its_reader_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "platform")
    made_platform(settings)

    def admin(*arguments: str) -> Result:
        return CliRunner().invoke(
            main, ["admin", *arguments], env={"MARKET_HOME": str(settings.home)}
        )

    out = tmp_path / "acme.zip"
    assert "no-organisation" in admin("export", "acme", "--out", str(out)).stderr
    assert not out.exists()
    admin("organisation", "acme", "--name", "Acme Inc.")
    done = admin("export", "acme", "--out", str(out))
    assert (done.exit_code, done.stdout) == (0, f"Wrote {out}.\n")
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as archive:
        assert b"Acme Inc." in archive.read("organisation.jsonl")
    before = out.read_bytes()
    assert "export-exists" in admin("export", "acme", "--out", str(out)).stderr
    assert out.read_bytes() == before
