"""The agent's directory is private, its settings strict, its keys wrapped."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from crypto.identity import SigningKey
from crypto.secret import Secret
from market.errors import Conflict, NotFound, Refused
from market.vault.home import AgentHome, make_home, open_home
from market.vault.settings import AgentSettings, read_settings

PLATFORM = SigningKey.generate().public.hex
SETTINGS = AgentSettings("http://127.0.0.1:8420", "token", PLATFORM)


def made(path: Path, passphrase: Secret | None = None) -> AgentHome:
    return make_home(path, SETTINGS, entropy=secrets.token_bytes, passphrase=passphrase)


def test_new_home_opens_with_the_same_key(tmp_path: Path) -> None:
    home = made(tmp_path / "agent")
    again = open_home(tmp_path / "agent")
    assert again.signing_key().public == home.signing_key().public
    assert again.settings() == SETTINGS
    assert (tmp_path / "agent").stat().st_mode & 0o777 == 0o700


def test_of_two_set_up_at_once_the_first_stays_whole(tmp_path: Path) -> None:
    """A double click: the second looked for an agent before the first was there."""
    first: list[AgentHome] = []

    def late(size: int) -> bytes:
        if not first:
            first.append(made(tmp_path / "agent"))
        return secrets.token_bytes(size)

    with pytest.raises(Conflict, match="agent-exists"):
        make_home(tmp_path / "agent", SETTINGS, entropy=late)
    assert open_home(tmp_path / "agent").signing_key().public == first[0].signing_key().public


def test_second_home_in_the_same_place_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "agent")
    with pytest.raises(Conflict):
        made(tmp_path / "agent")


@pytest.mark.parametrize("name", ["", "agent.key", "agent.toml", "datasets"])
def test_home_others_can_read_is_refused(tmp_path: Path, name: str) -> None:
    home = made(tmp_path / "agent")
    (home.path / "datasets").mkdir(mode=0o700)
    path = home.path / name
    path.chmod(path.stat().st_mode | 0o040)
    with pytest.raises(Refused) as refused:
        open_home(home.path)
    assert refused.value.code == "home-not-private"


def test_link_in_the_home_is_refused(tmp_path: Path) -> None:
    home = made(tmp_path / "agent")
    (home.path / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(Refused, match="home-not-private"):
        open_home(home.path)


def test_passphrase_opens_what_another_does_not(tmp_path: Path) -> None:
    home = made(tmp_path / "agent", Secret(b"several quiet words"))
    assert not (home.path / "unlock").exists()
    with pytest.raises(Refused, match="agent-locked"):
        open_home(home.path)
    with pytest.raises(Refused, match="key-locked"):
        open_home(home.path, passphrase=Secret(b"several loud words")).signing_key()


def test_no_agent_here_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no-agent"):
        open_home(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('colour = "red"', "colour is not a setting"),
        ("poll_seconds = 0", "poll_seconds is 0"),
        ("slot_seconds = true", "slot_seconds is bool"),
        ("poll_seconds = ", "cannot be read"),
    ],
)
def test_setting_that_should_not_be_there_is_refused(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(f'url = "http://x"\ntoken = "t"\nplatform_key = "{PLATFORM}"\n{line}\n')
    with pytest.raises(Refused, match=words):
        read_settings(path)


def test_missing_setting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text('url = "http://x"\n')
    with pytest.raises(Refused, match="does not hold token, platform_key"):
        read_settings(path)
