"""Secrets at rest: a canonical JSON document that opens with a passphrase or an unlock file.

Rules: scrypt (RFC 7914) stretches the unlock secret, AES-256-GCM seals; the kind of secret, the
scrypt parameters and the salt are associated data, so that a file of one kind never opens as
another and no parameter can be exchanged. Parameters read from a file are bounded before they are
used: a crafted file can neither weaken the next one nor take the machine's memory. No file is
read or written here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from crypto import canonical
from crypto.errors import FormatError, KeyFileError
from crypto.secret import Secret

TAG = "key-file/v1"
SCRYPT_N = 2**15
SCRYPT_R = 8
SCRYPT_P = 1
LARGEST_SCRYPT_N = 2**18
"""128 * n * r bytes: 256 MiB."""
_LENGTH_BYTES = 4
_LARGEST_BYTES = 65_536
_SALT_BYTES = 16
_NONCE_BYTES = 12
_HEX = re.compile(r"([0-9a-f]{2})+")
_MEMBERS = {"ciphertext", "kind", "n", "nonce", "p", "r", "salt", "tag"}


def wrap(secret: Secret, unlock: Secret, *, kind: str) -> bytes:
    """Seal a secret under an unlock secret.

    Args:
        kind: what the secret is, such as "identity"; ASCII, readable in the file.

    Raises:
        KeyFileError: the unlock secret is empty.
        FormatError: `kind` is empty or not ASCII.
    """
    if len(unlock) == 0:
        raise KeyFileError("unlock secret is empty, expected a passphrase or an unlock file")
    if not kind or not kind.isascii():
        raise FormatError(f"key file kind is {kind!r}, expected an ASCII word")
    header: dict[str, Any] = {
        "kind": kind,
        "n": SCRYPT_N,
        "nonce": secrets.token_bytes(_NONCE_BYTES).hex(),
        "p": SCRYPT_P,
        "r": SCRYPT_R,
        "salt": secrets.token_bytes(_SALT_BYTES).hex(),
        "tag": TAG,
    }
    sealed = _aead(header, unlock).encrypt(
        bytes.fromhex(header["nonce"]), secret.reveal(), canonical.dumps(header)
    )
    return canonical.dumps({**header, "ciphertext": sealed.hex()})


def unwrap(data: bytes, unlock: Secret, *, kind: str) -> Secret:
    """Open a key file.

    Raises:
        KeyFileError: not a key file, of another kind, with parameters outside their bounds,
            altered, or locked with another secret.
    """
    header, ciphertext = _read(data, kind)
    try:
        opened = _aead(header, unlock).decrypt(
            bytes.fromhex(header["nonce"]), ciphertext, canonical.dumps(header)
        )
    except InvalidTag as error:
        raise KeyFileError(
            f"{kind} key file does not open: another passphrase locked it, or it was altered"
        ) from error
    return Secret(opened)


def wrap_framed(secret: Secret, unlock: Secret, *, kind: str) -> bytes:
    """A key file with its length (4 bytes, big endian) before it, for what other bytes follow
    (raises as `wrap`)."""
    wrapped = wrap(secret, unlock, kind=kind)
    return len(wrapped).to_bytes(_LENGTH_BYTES, "big") + wrapped


def unwrap_framed(read: Callable[[int], bytes], unlock: Secret, *, kind: str) -> Secret:
    """Open a key file where it stands before other bytes, and read no further.

    Args:
        read: that many bytes, fewer at the end alone, as a file's `read`.

    Raises:
        KeyFileError: cut short, or as `unwrap`.
    """
    length = int.from_bytes(read(_LENGTH_BYTES), "big")
    wrapped = read(min(length, _LARGEST_BYTES))
    if not wrapped or len(wrapped) < length:
        raise KeyFileError("key file is cut short")
    return unwrap(wrapped, unlock, kind=kind)


def _read(data: bytes, kind: str) -> tuple[dict[str, Any], bytes]:
    try:
        document = canonical.loads(data)
    except FormatError as error:
        raise KeyFileError(f"key file is damaged: {error}") from error
    if not isinstance(document, dict) or set(document) != _MEMBERS or document["tag"] != TAG:
        raise KeyFileError(f"not a key file with the tag {TAG!r} and the members of that version")
    if document["kind"] != kind:
        raise KeyFileError(f"key file is of the kind {document['kind']!r}, expected {kind!r}")
    _check_scrypt(document["n"], document["r"], document["p"])
    _hex_bytes(document, "salt", _SALT_BYTES)
    _hex_bytes(document, "nonce", _NONCE_BYTES)
    ciphertext = _hex_bytes(document, "ciphertext", None)
    del document["ciphertext"]
    return document, ciphertext


def _check_scrypt(n: object, r: object, p: object) -> None:
    # type() because a bool is an int to Python.
    if any(type(value) is not int for value in (n, r, p)) or not isinstance(n, int):
        raise KeyFileError("key file's scrypt parameters are not integers")
    if not SCRYPT_N <= n <= LARGEST_SCRYPT_N or n & (n - 1) or (r, p) != (SCRYPT_R, SCRYPT_P):
        raise KeyFileError(
            f"key file's scrypt parameters are n={n}, r={r}, p={p}, expected n a power of two from "
            f"{SCRYPT_N} to {LARGEST_SCRYPT_N}, r={SCRYPT_R}, p={SCRYPT_P}"
        )


def _hex_bytes(document: dict[str, Any], name: str, length: int | None) -> bytes:
    text = document[name]
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise KeyFileError(f"key file's {name} is not lower-case hex")
    if length is not None and len(text) != 2 * length:
        raise KeyFileError(f"key file's {name} has {len(text) // 2} bytes, expected {length}")
    return bytes.fromhex(text)


def _aead(header: dict[str, Any], unlock: Secret) -> AESGCM:
    stretch = Scrypt(
        salt=bytes.fromhex(header["salt"]), length=32, n=header["n"], r=header["r"], p=header["p"]
    )
    return AESGCM(stretch.derive(unlock.reveal()))
