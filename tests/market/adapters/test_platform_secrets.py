"""The platform's own secrets: made under its home, or found where somebody else keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from market.adapters.platform_secrets import (
    IDENTITY,
    SIGN_ON,
    make_secrets,
    platform_secret,
    secrets_directory,
)
from market.errors import Refused
from market.settings import Settings


@pytest.fixture
def at_home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def mounted(tmp_path: Path) -> Settings:
    (tmp_path / "mounted").mkdir()
    return Settings(home=tmp_path / "home", secrets=str(tmp_path / "mounted"))


def put(settings: Settings, name: str, text: str, mode: int) -> None:
    path = secrets_directory(settings) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def test_secret_is_made_once_and_for_its_owner_alone(at_home: Settings) -> None:
    first = platform_secret(at_home, SIGN_ON).reveal()
    assert platform_secret(at_home, SIGN_ON).reveal() == first
    make_secrets(at_home)
    assert platform_secret(at_home, SIGN_ON).reveal() == first
    modes = {path.stat().st_mode & 0o777 for path in secrets_directory(at_home).iterdir()}
    assert modes == {0o600}


def test_mounted_secret_may_be_a_groups(mounted: Settings) -> None:
    put(mounted, IDENTITY, "ab" * 32 + "\n", 0o440)
    assert platform_secret(mounted, IDENTITY).reveal() == b"\xab" * 32
    assert not mounted.home.exists()


def test_where_somebody_else_makes_them_none_is_made(mounted: Settings) -> None:
    with pytest.raises(Refused, match="openssl rand -hex 32") as refused:
        platform_secret(mounted, SIGN_ON)
    assert refused.value.code == "secret-missing"
    assert not list(secrets_directory(mounted).iterdir())


def test_secret_that_others_may_read_is_refused(at_home: Settings, mounted: Settings) -> None:
    for settings, mode, expected in ((at_home, 0o640, "0600"), (mounted, 0o444, "0440")):
        put(settings, SIGN_ON, "ab" * 32, mode)
        with pytest.raises(Refused, match=f"mode {mode:04o}, expected {expected}") as refused:
            platform_secret(settings, SIGN_ON)
        assert refused.value.code == "secret-exposed"


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 33, "zz" * 32, "ä" * 64])
def test_secret_of_another_length_is_refused(mounted: Settings, text: str) -> None:
    put(mounted, SIGN_ON, text, 0o400)
    with pytest.raises(Refused, match="32 bytes in hex") as refused:
        platform_secret(mounted, SIGN_ON)
    assert refused.value.code == "secret-malformed"
