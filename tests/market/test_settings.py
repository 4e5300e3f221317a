"""Settings: the file, the environment above it, and nothing unknown in either."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from market.errors import Refused
from market.settings import Settings, load


def test_nothing_said_is_the_laptop(tmp_path: Path) -> None:
    assert load(tmp_path, {}) == Settings(home=tmp_path)


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    text = 'portal_port = 9000\ncurrency = "CHF"\nallow_file_repositories = false\n'
    (tmp_path / "market.toml").write_text(text)
    environment = {"MARKET_PORTAL_PORT": "9001", "MARKET_ALLOW_FILE_REPOSITORIES": "true"}
    expected = Settings(
        home=tmp_path, portal_port=9001, currency="CHF", allow_file_repositories=True
    )
    assert load(tmp_path, environment) == expected


def test_homes_secrets_and_other_programs_variables_are_no_settings(tmp_path: Path) -> None:
    environment = {
        "MARKET_HOME": "/srv/market",
        "MARKET_CLIENT_HOME": "/home/bob/client",
        "MARKET_AGENT_HOME": "/home/olga/agent",
        "MARKET_PASSPHRASE_FILE": "/home/bob/passphrase",
        "MARKET_AGENT_PASSPHRASE_FILE": "/home/olga/passphrase",
        "MARKET_S3_ACCESS_KEY_ID": "key",
        "MARKET_S3_SECRET_ACCESS_KEY": "secret",
        "AIRFLOW_HOME": "/srv/airflow",
    }
    assert load(tmp_path, environment) == Settings(home=tmp_path)


@pytest.mark.parametrize(
    ("key", "guess"),
    [
        ("portal_prt", "did you mean portal_port"),
        ("S3_BUCKET", "did you mean s3_bucket"),
        ("home", "SETTINGS.md"),
    ],
)
def test_unknown_key_in_the_file_fails(tmp_path: Path, key: str, guess: str) -> None:
    (tmp_path / "market.toml").write_text(f'{key} = "x"\n')
    with pytest.raises(Refused, match=f"{key} is not a setting; {guess}"):
        load(tmp_path, {})


def test_value_may_be_mounted_as_a_file(tmp_path: Path) -> None:
    mounted = tmp_path / "url"
    mounted.write_text("postgresql://market:pw@db/market\n")
    (tmp_path / "port").write_text("9001")
    environment = {
        "MARKET_DATABASE_URL_FILE": str(mounted),
        "MARKET_PORTAL_PORT_FILE": str(tmp_path / "port"),
    }
    seen = load(tmp_path, environment)
    assert (seen.database_url, seen.portal_port) == ("postgresql://market:pw@db/market", 9001)


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"MARKET_CURRENCY_FILE": "{0}/absent"}, "MARKET_CURRENCY_FILE names .*cannot be read"),
        ({"MARKET_CURRENCY_FILE": "{0}/lines"}, "several lines, expected one"),
        ({"MARKET_CURRENCY_FILE": "{0}/bytes"}, "cannot be read"),
        ({"MARKET_CURRENCY_FILE": "{0}/one", "MARKET_CURRENCY": "EUR"}, "currency is given by"),
        ({"MARKET_CURENCY_FILE": "{0}/one"}, "curency is not a setting; did you mean currency"),
    ],
)
def test_mounted_value_that_is_none_is_named(
    tmp_path: Path, environment: dict[str, str], reason: str
) -> None:
    (tmp_path / "one").write_text("CHF")
    (tmp_path / "lines").write_text("CHF\nEUR\n")
    (tmp_path / "bytes").write_bytes(b"\xff")
    given = {name: value.format(tmp_path) for name, value in environment.items()}
    with pytest.raises(Refused, match=reason) as refused:
        load(tmp_path, given)
    assert refused.value.code == "settings-invalid"


def test_unknown_key_in_the_environment_fails(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="portal_prt is not a setting"):
        load(tmp_path, {"MARKET_PORTAL_PRT": "8420"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("portal_port", '"web"'),
        ("portal_port", "true"),
        ("portal_port", "84.5"),
        ("portal_port", '" 8420"'),
        ("portal_port", '"-1"'),
        ("allow_file_repositories", "1"),
        ("allow_file_repositories", '"yes"'),
        ("currency", "7"),
        ("currency", "[]"),
        ("store", '"tape"'),
        ("relay_public_url", '"relay.example.org"'),
        ("relay_public_url", '"https://relay.example.org/below"'),
        ("sandbox_url", '"file:///tmp"'),
    ],
)
def test_value_of_another_type_is_named(tmp_path: Path, key: str, value: str) -> None:
    (tmp_path / "market.toml").write_text(f"{key} = {value}\n")
    with pytest.raises(Refused, match=f"{key} is .*, expected") as refused:
        load(tmp_path, {})
    assert refused.value.code == "settings-invalid"


def test_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "market.toml").write_text("portal_port 8420\n")
    with pytest.raises(Refused, match=r"market\.toml is not TOML"):
        load(tmp_path, {})


def test_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "market.toml").write_bytes("currency = 'é'".encode("latin-1"))
    with pytest.raises(Refused, match="is not TOML"):
        load(tmp_path, {})


def test_store_is_described_without_credentials(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, store="s3", s3_endpoint_url="http://127.0.0.1:7480", s3_bucket="market"
    )
    assert settings.store_description == {
        "kind": "s3",
        "endpoint_url": "http://127.0.0.1:7480",
        "bucket": "market",
        "region": "us-east-1",
    }


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings(home=tmp_path).portal_port = 1  # type: ignore[misc]
