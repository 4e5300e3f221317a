"""Sealed envelopes: HPKE base mode, single shot (RFC 9180).

Rules: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, nothing negotiated; a recipient key
opens one job's envelopes; `info` binds who seals and who opens, `aad` what the envelope is for.
Base mode does not authenticate the sealer: whoever seals also signs. It is written here on
`cryptography`'s primitives because that package's own HPKE takes no associated data; without
associated data the two agree byte for byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from crypto.errors import FormatError, SignatureError
from crypto.secret import HIDDEN, Secret

PRIVATE_BYTES = 32
ENCAPSULATED_BYTES = 32
_TAG_BYTES = 16
_INFO_TAG = b"envelope/v1"
_HEX_KEY = re.compile(r"[0-9a-f]{64}")
_SEALED = re.compile(r"([0-9a-f]{2})+")
# RFC 9180 section 7: KEM 0x0020, KDF 0x0001, AEAD 0x0002.
_KEM_SUITE = b"KEM\x00\x20"
_HPKE_SUITE = b"HPKE\x00\x20\x00\x01\x00\x02"
_BASE_MODE = b"\x00"
_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RecipientKey:
    """The secret X25519 key that opens envelopes; it prints `<secret>`."""

    _private: Secret
    public_hex: str = field(init=False)

    def __post_init__(self) -> None:
        if len(self._private) != PRIVATE_BYTES:
            raise FormatError(f"recipient key has {len(self._private)} bytes, expected 32")
        raw = self._x25519().public_key().public_bytes_raw()
        object.__setattr__(self, "public_hex", raw.hex())

    @classmethod
    def generate(cls) -> RecipientKey:
        """A fresh key from the operating system's randomness."""
        return cls(Secret(X25519PrivateKey.generate().private_bytes_raw()))

    @classmethod
    def from_private(cls, private: Secret) -> RecipientKey:
        """The key of 32 secret bytes.

        Raises:
            FormatError: another length.
        """
        return cls(private)

    def private(self) -> Secret:
        """The 32 bytes of the key."""
        return self._private

    def __repr__(self) -> str:
        return HIDDEN

    def _x25519(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self._private.reveal())


def envelope_info(agent: str, recipient: str) -> bytes:
    """HPKE info of a share's envelope: tag ‖ agent's identity key ‖ recipient key.

    Raises:
        FormatError: a key is not 64 lower-case hex characters.
    """
    return _INFO_TAG + _key_bytes("agent key", agent) + _key_bytes("recipient key", recipient)


def seal(plaintext: bytes, *, recipient: str, info: bytes, aad: bytes) -> str:
    """Seal to a recipient's public key; hex of enc ‖ ciphertext (32 + length + 16 bytes).

    Raises:
        FormatError: the recipient's key is malformed, or one to which nothing can be sealed.
    """
    return _seal(plaintext, recipient, info, aad, ephemeral=X25519PrivateKey.generate())


def open_sealed(sealed: str, key: RecipientKey, *, info: bytes, aad: bytes) -> bytes:
    """The plaintext of an envelope.

    Raises:
        SignatureError: it is malformed, altered, for another key, or bound to other info or aad.
    """
    if not _SEALED.fullmatch(sealed) or len(sealed) < 2 * (ENCAPSULATED_BYTES + _TAG_BYTES):
        raise SignatureError("envelope is not the hex of an encapsulated key and a ciphertext")
    data = bytes.fromhex(sealed)
    enc, ciphertext = data[:ENCAPSULATED_BYTES], data[ENCAPSULATED_BYTES:]
    # Decap and Open (sections 4.1 and 6.1). An all-zero shared secret is a ValueError, as a damaged
    # point is: whoever sends an envelope learns nothing of why it did not open.
    try:
        point = key._x25519().exchange(X25519PublicKey.from_public_bytes(enc))
        aead, nonce = _key_schedule(_kem_secret(point, enc, bytes.fromhex(key.public_hex)), info)
        return aead.decrypt(nonce, ciphertext, aad)
    except (InvalidTag, ValueError) as error:
        raise SignatureError(
            f"envelope does not open with the key {key.public_hex[:16]} and this info and aad"
        ) from error


def _seal(
    plaintext: bytes, recipient: str, info: bytes, aad: bytes, *, ephemeral: X25519PrivateKey
) -> str:
    # Encap (section 4.1): the ephemeral public key travels in front of the ciphertext.
    public = _key_bytes("recipient key", recipient)
    enc = ephemeral.public_key().public_bytes_raw()
    try:
        point = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        # RFC 9180 section 7.1.4: an all-zero shared secret is refused.
        raise FormatError(f"recipient key {recipient[:16]} is a point of small order") from error
    aead, nonce = _key_schedule(_kem_secret(point, enc, public), info)
    return (enc + aead.encrypt(nonce, plaintext, aad)).hex()


def _kem_secret(point: bytes, enc: bytes, recipient: bytes) -> bytes:
    """RFC 9180 section 4.1, ExtractAndExpand with kem_context = enc ‖ recipient's public key."""
    prk = _labeled_extract(_KEM_SUITE, b"", b"eae_prk", point)
    return _labeled_expand(_KEM_SUITE, prk, b"shared_secret", enc + recipient, 32)


def _key_schedule(shared_secret: bytes, info: bytes) -> tuple[AESGCM, bytes]:
    """RFC 9180 section 5.1 in base mode; the nonce is that of the first and only message."""
    # Base mode: no pre-shared key, so `psk` and `psk_id` are empty. Both hashes are part of the
    # context all the same, so that no other mode derives this key.
    psk_id_hash = _labeled_extract(_HPKE_SUITE, b"", b"psk_id_hash", b"")
    info_hash = _labeled_extract(_HPKE_SUITE, b"", b"info_hash", info)
    context = _BASE_MODE + psk_id_hash + info_hash
    secret = _labeled_extract(_HPKE_SUITE, shared_secret, b"secret", b"")
    # The n-th message's nonce is base_nonce XOR n. One message, number 0: base_nonce itself.
    key = _labeled_expand(_HPKE_SUITE, secret, b"key", context, _KEY_BYTES)
    nonce = _labeled_expand(_HPKE_SUITE, secret, b"base_nonce", context, _NONCE_BYTES)
    return AESGCM(key), nonce


def _labeled_extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    # RFC 9180 section 4, LabeledExtract: label and suite tell this use of the hash from all others.
    # HKDF-Extract is HMAC keyed with the salt, an absent one being as many zero bytes as the hash.
    extract = hmac.HMAC(salt or bytes(32), hashes.SHA256())
    extract.update(b"HPKE-v1" + suite + label + material)
    return extract.finalize()


def _labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    # RFC 9180 section 4, LabeledExpand: I2OSP(L, 2) in front binds the length.
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(hashes.SHA256(), length, labeled).derive(prk)


def _key_bytes(name: str, text: str) -> bytes:
    if not _HEX_KEY.fullmatch(text):
        raise FormatError(f"{name} is not 64 lower-case hex characters")
    return bytes.fromhex(text)
