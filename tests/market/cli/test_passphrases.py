"""A passphrase that looks the same opens the same, typed or from a file, for client and agent."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from world.unlocking import entropy_of_a_home

from crypto.identity import SigningKey
from crypto.secret import Secret
from market.cli.main import main
from market.cli.owner.own_home import agent_passphrase
from market.client.kept.passphrase import passphrase_of, read_line
from market.errors import Refused
from market.vault.home import make_home, open_home
from market.vault.settings import AgentSettings

pytestmark = pytest.mark.stories

COMPOSED = "caf\u00e9 au lait \u00e0 la cr\u00e8me"
DECOMPOSED = "cafe\u0301 au lait a\u0300 la cre\u0300me"
FORMS = {
    "composed": COMPOSED.encode(),
    "decomposed": DECOMPOSED.encode(),
    "with a mark": b"\xef\xbb\xbf" + COMPOSED.encode(),
    "with a line's end": COMPOSED.encode() + b"\n",
    "with a line's end of another system": b"\xef\xbb\xbf" + DECOMPOSED.encode() + b"\r\n",
}


def market(home: Path, *arguments: str, given: str = "", file: Path | None = None) -> Result:
    environment = {
        "MARKET_CLIENT_HOME": str(home),
        "MARKET_PASSPHRASE_FILE": str(file) if file else None,
    }
    return CliRunner().invoke(main, list(arguments), input=given, env=environment)


def saved(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("locked", FORMS)
@pytest.mark.parametrize("opened", FORMS)
def test_key_locked_in_one_form_opens_in_another(tmp_path: Path, locked: str, opened: str) -> None:
    new = saved(tmp_path / "new", FORMS[locked])
    assert market(tmp_path / "home", "keys", "new", file=new).exit_code == 0
    assert not (tmp_path / "home" / "unlock").exists()
    again = saved(tmp_path / "again", FORMS[opened])
    assert market(tmp_path / "home", "keys", "show", file=again).exit_code == 0


def test_key_made_of_a_file_opens_by_typing(tmp_path: Path) -> None:
    new = saved(tmp_path / "new", FORMS["with a mark"])
    made = market(tmp_path / "home", "keys", "new", "--passphrase", file=new)
    assert made.exit_code == 0, made.output
    assert market(tmp_path / "home", "keys", "show", given=f"{DECOMPOSED}\n").exit_code == 0
    wrong = market(tmp_path / "home", "keys", "show", given="another one altogether\n")
    assert "key-file" in wrong.stderr


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\xff\xfea\0"])
def test_file_without_a_passphrase_makes_no_key(tmp_path: Path, data: bytes) -> None:
    result = market(tmp_path / "home", "keys", "new", file=saved(tmp_path / "file", data))
    assert result.exit_code == 1
    assert "Error: secret-" in result.stderr
    assert not (tmp_path / "home").exists()


def test_short_passphrase_of_a_file_is_refused(tmp_path: Path) -> None:
    result = market(tmp_path / "home", "keys", "new", file=saved(tmp_path / "file", b"short\n"))
    assert "passphrase-short" in result.stderr


def test_agent_starts_with_another_form_of_its_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = AgentSettings("http://127.0.0.1:1", "t", SigningKey.generate().public.hex)
    home = make_home(
        tmp_path / "agent",
        settings,
        entropy=entropy_of_a_home(),
        passphrase=passphrase_of(DECOMPOSED),
    )
    file = saved(tmp_path / "file", FORMS["with a line's end of another system"])
    monkeypatch.setitem(os.environ, "MARKET_AGENT_PASSPHRASE_FILE", str(file))
    opened = open_home(home.path, passphrase=agent_passphrase(home.path))
    assert opened.signing_key().public == home.signing_key().public


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_forms_of_one_passphrase_are_one(text: str) -> None:
    forms = {
        passphrase_of(unicodedata.normalize(form, f"{text}!")).reveal() for form in ("NFC", "NFD")
    }
    assert len(forms) == 1


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "\ufeff\r\n"])
def test_empty_passphrase_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="secret-missing"):
        passphrase_of(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Refused, match="secret-unreadable"):
        passphrase_of("\udcff")


def test_line_is_read_without_its_mark(tmp_path: Path) -> None:
    assert read_line(saved(tmp_path / "file", b"\xef\xbb\xbfone\r\ntwo\n")) == "one"
    assert passphrase_of("one\n") == Secret(b"one")
