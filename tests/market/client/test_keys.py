from __future__ import annotations

from pathlib import Path

import pytest

from crypto.errors import KeyFileError
from crypto.keyfile import wrap
from crypto.secret import Secret
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.errors import Conflict, NotFound, Refused

JOB = "job-0123456789ab"
PASSPHRASE = Secret(b"four quiet words here")


def no_passphrase() -> Secret:
    raise AssertionError("the key file unlocks")


@pytest.fixture
def home(tmp_path: Path) -> ClientHome:
    return ClientHome(tmp_path / "a" / "home")


def test_identity_opens_with_its_key_file(home: ClientHome) -> None:
    ring = Keyring(home, no_passphrase)
    made = ring.make_identity(None)
    assert ring.identity().public == made.public
    assert home.identity_path.stat().st_mode & 0o777 == 0o600
    assert home.path.stat().st_mode & 0o777 == 0o700
    assert home.path.parent.stat().st_mode & 0o777 == 0o700


def test_identity_under_a_passphrase_leaves_no_key_file(home: ClientHome) -> None:
    made = Keyring(home, no_passphrase).make_identity(PASSPHRASE)
    assert not home.unlock_path.exists()
    assert Keyring(home, lambda: PASSPHRASE).identity().public == made.public
    with pytest.raises(KeyFileError):
        Keyring(home, lambda: Secret(b"another passphrase")).identity()


def test_identity_is_never_written_over(home: ClientHome) -> None:
    ring = Keyring(home, no_passphrase)
    ring.make_identity(None)
    before = home.identity_path.read_bytes()
    with pytest.raises(Conflict):
        ring.make_identity(None)
    assert home.identity_path.read_bytes() == before


def test_short_passphrase_is_refused(home: ClientHome) -> None:
    with pytest.raises(Refused) as caught:
        Keyring(home, no_passphrase).make_identity(Secret(b"short"))
    assert caught.value.code == "passphrase-short"
    assert not home.identity_path.exists()


def test_key_file_open_to_others_is_refused(home: ClientHome) -> None:
    ring = Keyring(home, no_passphrase)
    ring.make_identity(None)
    home.unlock_path.chmod(0o644)
    with pytest.raises(Refused) as caught:
        ring.identity()
    assert caught.value.code == "key-file-open"
    assert "0644" in caught.value.message


def test_job_has_one_recipient_key_for_ever(home: ClientHome) -> None:
    ring = Keyring(home, no_passphrase)
    ring.make_identity(None)
    with pytest.raises(NotFound):
        ring.recipient(JOB)
    first = ring.make_recipient(JOB)
    assert ring.make_recipient(JOB).public_hex == first.public_hex
    assert ring.recipient(JOB).public_hex == first.public_hex
    assert ring.make_recipient("job-fedcba987654").public_hex != first.public_hex


@pytest.mark.parametrize("make", ["make_identity", "make_recipient", "make_reader"])
def test_of_two_who_make_a_key_at_once_the_first_one_s_stays(
    home: ClientHome, make: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double click: the second looked for a key before the first had written one."""
    ring, argument = Keyring(home, no_passphrase), {"make_recipient": (JOB,), "make_reader": ()}
    if make != "make_identity":
        ring.make_identity(None)
    written: list[str] = []

    def wrapped_late(secret: Secret, unlock: Secret, *, kind: str) -> bytes:
        monkeypatch.undo()
        first = getattr(ring, make)(*argument.get(make, (None,)))
        written.append(first.public.hex if make == "make_identity" else first.public_hex)
        return wrap(secret, unlock, kind=kind)

    monkeypatch.setattr("market.client.kept.keys.wrap", wrapped_late)
    if make == "make_identity":
        with pytest.raises(Conflict, match="identity-exists"):
            ring.make_identity(None)
        assert ring.identity().public.hex == written[0]
    else:
        assert getattr(ring, make)(*argument[make]).public_hex == written[0]


@pytest.mark.parametrize("job", ["../x", "job-", "job-../x", "x", "job-a/b"])
def test_job_id_is_no_path(home: ClientHome, job: str) -> None:
    with pytest.raises(Refused):
        home.job_path(job, "request.json")
