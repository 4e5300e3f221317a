"""Ed25519 identities and signatures (RFC 8032).

Rules: every signature is over tag ‖ 0x00 ‖ data, so that a signature made for one purpose never
verifies for another; public keys and signatures travel in lower-case hex; a person is known by the
fingerprint of their key.

RFC 8032 lets a public key be a point of small order. Under such a key signatures can be made
without any secret, and one verifies for several messages (Chalkias, Garillot and Nikolaenko,
"Taming the many EdDSAs", SSR 2020): whoever has it could disown whatever they signed. Nothing
verifies under it here.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from crypto.errors import FormatError, SignatureError
from crypto.secret import HIDDEN, Secret

SEED_BYTES = 32
FINGERPRINT_CHARACTERS = 40
_FIELD_PRIME = 2**255 - 19
_ORDER_EIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _FIELD_PRIME - 1, _ORDER_EIGHT, _FIELD_PRIME - _ORDER_EIGHT})
"""y of the eight points whose order divides the curve's cofactor, 8."""
_FINGERPRINT_TAG = b"identity/fingerprint/v1"
_KEY = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_TAG = re.compile(r"[\x21-\x7e]{1,100}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who signs: 32 bytes, as 64 lower-case hex characters."""

    hex: str

    def __post_init__(self) -> None:
        if not isinstance(self.hex, str) or not _KEY.fullmatch(self.hex):
            raise FormatError("public key is not 64 lower-case hex characters")

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read a key.

        Raises:
            FormatError: not 64 lower-case hex characters.
        """
        return cls(text)

    def raw(self) -> bytes:
        """The 32 bytes of the key."""
        return bytes.fromhex(self.hex)

    def fingerprint(self) -> str:
        """The first 40 hex characters of SHA-256 over a tag, a zero byte and the key."""
        digest = hashlib.sha256(_FINGERPRINT_TAG + b"\x00" + self.raw())
        return digest.hexdigest()[:FINGERPRINT_CHARACTERS]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SigningKey:
    """The secret key of an identity; it prints `<secret>` and is not pickled."""

    _seed: Secret
    public: PublicKey = field(init=False)

    def __post_init__(self) -> None:
        if len(self._seed) != SEED_BYTES:
            raise FormatError(f"signing seed has {len(self._seed)} bytes, expected {SEED_BYTES}")
        raw = self._private().public_key().public_bytes_raw()
        object.__setattr__(self, "public", PublicKey(raw.hex()))

    @classmethod
    def generate(cls) -> SigningKey:
        """A fresh key from the operating system's randomness."""
        return cls(Secret(Ed25519PrivateKey.generate().private_bytes_raw()))

    @classmethod
    def from_seed(cls, seed: Secret) -> SigningKey:
        """The key of a 32-byte seed (RFC 8032 section 5.1.5).

        Raises:
            FormatError: the seed has another length.
        """
        return cls(seed)

    def seed(self) -> Secret:
        """The 32 bytes the key is made from."""
        return self._seed

    def __repr__(self) -> str:
        return HIDDEN

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._seed.reveal())

    def _sign(self, message: bytes) -> bytes:
        return self._private().sign(message)


def sign(key: SigningKey, tag: str, data: bytes) -> str:
    """The signature over tag ‖ 0x00 ‖ data, as 128 hex characters.

    Raises:
        FormatError: the tag is not 1 to 100 printable ASCII characters without a space.
    """
    return key._sign(_message(tag, data)).hex()


def verify(public: PublicKey, tag: str, data: bytes, signature: str) -> None:
    """Return if `signature` is by `public` over tag ‖ 0x00 ‖ data.

    Raises:
        SignatureError: it is not, or is malformed, or the key is not a point of the curve, or is
            one of small order.
        FormatError: the tag is malformed.
    """
    message = _message(tag, data)
    if not _SIGNATURE.fullmatch(signature):
        raise SignatureError("signature is not 128 lower-case hex characters")
    if _has_small_order(public):
        raise SignatureError(
            f"the key {public.fingerprint()} is a point of small order: anybody could have signed"
        )
    try:
        Ed25519PublicKey.from_public_bytes(public.raw()).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError(
            f"signature does not verify for {tag!r} under the key {public.fingerprint()}"
        ) from error


def _has_small_order(public: PublicKey) -> bool:
    # A point is written as y and a bit for the sign of x (RFC 8032 section 5.1.2). OpenSSL takes a
    # y that is not reduced, so it is reduced here.
    y = int.from_bytes(public.raw(), "little") % 2**255
    return y % _FIELD_PRIME in _SMALL_ORDER


def _message(tag: str, data: bytes) -> bytes:
    if not _TAG.fullmatch(tag):
        raise FormatError("signature tag is not 1 to 100 printable ASCII characters")
    return tag.encode("ascii") + b"\x00" + data
