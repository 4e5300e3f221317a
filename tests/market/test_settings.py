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


@pytest.mark.parametrize("key", ["portal_prt", "home", "S3_BUCKET"])
def test_unknown_key_in_the_file_fails(tmp_path: Path, key: str) -> None:
    (tmp_path / "market.toml").write_text(f'{key} = "x"\n')
    with pytest.raises(Refused, match=f"{key} is not a setting; known are airflow_parallelism"):
        load(tmp_path, {})


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
