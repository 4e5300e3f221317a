from __future__ import annotations

import io
import time

import pytest

from crypto import canonical, keyfile
from crypto.errors import FormatError, KeyFileError
from crypto.keyfile import unwrap, unwrap_framed, wrap, wrap_framed
from crypto.secret import Secret

SECRET = Secret(b"\x01\x02 the key \xff" * 3)
UNLOCK = Secret(b"correct horse battery staple")


@pytest.fixture(scope="module")
def wrapped() -> bytes:
    return wrap(SECRET, UNLOCK, kind="identity")


def changed(data: bytes, **members: object) -> bytes:
    return canonical.dumps({**canonical.loads(data), **members})


def test_key_file_opens_with_its_unlock_secret(wrapped: bytes) -> None:
    assert unwrap(wrapped, UNLOCK, kind="identity") == SECRET
    assert SECRET.reveal().hex().encode() not in wrapped


def test_wrong_passphrase_is_refused(wrapped: bytes) -> None:
    with pytest.raises(KeyFileError, match="does not open"):
        unwrap(wrapped, Secret(b"correct horse battery stapler"), kind="identity")


def test_key_file_of_another_kind_is_refused(wrapped: bytes) -> None:
    with pytest.raises(KeyFileError, match="'identity', expected 'noise'"):
        unwrap(wrapped, UNLOCK, kind="noise")
    with pytest.raises(KeyFileError, match="does not open"):
        unwrap(changed(wrapped, kind="noise"), UNLOCK, kind="noise")


@pytest.mark.parametrize("member", ["ciphertext", "nonce", "salt"])
def test_altered_bytes_are_refused(wrapped: bytes, member: str) -> None:
    value = canonical.loads(wrapped)[member]
    flipped = ("0" if value[0] != "0" else "1") + value[1:]
    with pytest.raises(KeyFileError, match="does not open"):
        unwrap(changed(wrapped, **{member: flipped}), UNLOCK, kind="identity")


@pytest.mark.parametrize(
    "members",
    [
        {"n": 2**40},
        {"n": 2**19},
        {"n": 2**15 + 1},
        {"n": 2**14},
        {"n": 0},
        {"n": -1},
        {"r": 2**20},
        {"p": 2**20},
        {"p": 0},
        {"n": True},
        {"n": "32768"},
    ],
)
def test_absurd_scrypt_parameters_are_refused_before_they_cost(
    wrapped: bytes, members: dict[str, object]
) -> None:
    began = time.process_time()
    with pytest.raises(KeyFileError, match="scrypt"):
        unwrap(changed(wrapped, **members), UNLOCK, kind="identity")
    assert time.process_time() - began < 0.05


def test_allowed_but_exchanged_scrypt_cost_does_not_open(wrapped: bytes) -> None:
    with pytest.raises(KeyFileError, match="does not open"):
        unwrap(changed(wrapped, n=2**16), UNLOCK, kind="identity")


@pytest.mark.parametrize(
    "members",
    [
        {"salt": "ab"},
        {"nonce": "AB" * 12},
        {"ciphertext": ""},
        {"ciphertext": 7},
        {"tag": "key-file/v2"},
        {"more": 1},
    ],
)
def test_malformed_members_are_refused(wrapped: bytes, members: dict[str, object]) -> None:
    with pytest.raises(KeyFileError):
        unwrap(changed(wrapped, **members), UNLOCK, kind="identity")


@pytest.mark.parametrize(
    "cut", [lambda _: b"", lambda d: d[:-1], lambda d: d + b" ", lambda _: b"[]"]
)
def test_damaged_document_is_refused(wrapped: bytes, cut) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KeyFileError):
        unwrap(cut(wrapped), UNLOCK, kind="identity")


def test_two_files_of_one_secret_share_neither_salt_nor_ciphertext(wrapped: bytes) -> None:
    again = canonical.loads(wrap(SECRET, UNLOCK, kind="identity"))
    first = canonical.loads(wrapped)
    assert all(first[name] != again[name] for name in ("salt", "nonce", "ciphertext"))


def test_empty_unlock_secret_and_empty_kind_are_refused() -> None:
    with pytest.raises(KeyFileError, match="empty"):
        wrap(SECRET, Secret(b""), kind="identity")
    with pytest.raises(FormatError, match="kind"):
        wrap(SECRET, UNLOCK, kind="")


def test_scrypt_cost_is_what_owasp_asks() -> None:
    assert 128 * keyfile.SCRYPT_N * keyfile.SCRYPT_R == 32 * 2**20


def test_framed_key_file_is_read_up_to_its_end_and_no_further() -> None:
    file = io.BytesIO(wrap_framed(SECRET, UNLOCK, kind="identity") + b"what follows")
    assert unwrap_framed(file.read, UNLOCK, kind="identity") == SECRET
    assert file.read() == b"what follows"


@pytest.mark.parametrize("data", [b"", b"\0\0\0\0", b"\0\0\1\0{}", b"\xff\xff\xff\xff" + bytes(9)])
def test_framed_key_file_that_is_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(KeyFileError, match="cut short"):
        unwrap_framed(io.BytesIO(data).read, UNLOCK, kind="identity")
