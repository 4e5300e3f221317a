"""Commands of an operator whose database or store is amiss: what they print and log of it holds
neither the database's password nor the store's keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from market.adapters.platform_secrets import make_secrets
from market.cli.main import main
from market.settings import Settings

PASSWORD = "planted-database-password"
ACCESS, SECRET = "PLANTEDACCESSKEY", "planted/store/secret+key"
NOBODY = "127.0.0.1:1"
"""No server of ours has a port below 1024."""
STORE = {
    "MARKET_STORE": "s3",
    "MARKET_S3_ENDPOINT_URL": f"http://{NOBODY}",
    "MARKET_S3_BUCKET": "market",
    "MARKET_S3_ACCESS_KEY_ID": ACCESS,
    "MARKET_S3_SECRET_ACCESS_KEY": SECRET,
}
DATABASES = {
    "nobody answers": f"postgresql+psycopg://market:{PASSWORD}@{NOBODY}/market",
    "the port is none": f"postgresql+psycopg://market:{PASSWORD}@127.0.0.1:port/market",
    "the driver is unknown": f"postgresql+none://market:{PASSWORD}@{NOBODY}/market",
    "the scheme is unknown": f"postgers://market:{PASSWORD}@{NOBODY}/market",
    "it is no address": f"market:{PASSWORD}@{NOBODY}",
    "an option is unknown": f"postgresql+psycopg://market:{PASSWORD}@{NOBODY}/market?x=1",
}
COMMANDS = (
    ("admin", "migrate"),
    ("admin", "users", "--json"),
    ("serve",),
    ("step", "evaluate", "--run=submit_acme/manual__1"),
)


@pytest.mark.parametrize("amiss", DATABASES)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_failing_command_shows_no_secret_of_its_surroundings(
    tmp_path: Path, command: tuple[str, ...], amiss: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_secrets(Settings(home=tmp_path))
    environment = {**STORE, "MARKET_DATABASE_URL": DATABASES[amiss]}
    result = CliRunner().invoke(main, [*command, "--home", str(tmp_path)], env=environment)
    told = f"{result.output}{caplog.text}{result.exception!r}"
    assert result.exit_code == 1, told
    assert "database" in told
    for planted in (PASSWORD, ACCESS, SECRET):
        assert planted not in told
