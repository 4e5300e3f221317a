from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from crypto import envelope
from crypto.envelope import RecipientKey, envelope_info, open_sealed, seal
from crypto.errors import FormatError, SignatureError
from crypto.secret import Secret

SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)

# RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode.
A11 = {
    "info": "4f6465206f6e2061204772656369616e2055726e",
    "ephemeral": "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
    "enc": "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
    "recipient": "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
    "private": "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
    "shared_secret": "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
    "plaintext": "4265617574792069732074727574682c20747275746820626561757479",
    "aad": "436f756e742d30",
    "ciphertext": "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9"
    "6d8770ac83d07bea87e13c512a",
}


def vector(name: str) -> bytes:
    return bytes.fromhex(A11[name])


@pytest.fixture
def aes_128(monkeypatch: pytest.MonkeyPatch) -> None:
    """The RFC has no vector with our AEAD; A.1 differs in the suite's name and key length only."""
    monkeypatch.setattr(envelope, "_HPKE_SUITE", b"HPKE\x00\x20\x00\x01\x00\x01")
    monkeypatch.setattr(envelope, "_KEY_BYTES", 16)


def test_rfc_9180_key_encapsulation() -> None:
    ephemeral = X25519PrivateKey.from_private_bytes(vector("ephemeral"))
    point = ephemeral.exchange(X25519PublicKey.from_public_bytes(vector("recipient")))
    secret = envelope._kem_secret(point, vector("enc"), vector("recipient"))
    assert secret == vector("shared_secret")


@pytest.mark.usefixtures("aes_128")
def test_rfc_9180_vector_seals_and_opens() -> None:
    ephemeral = X25519PrivateKey.from_private_bytes(vector("ephemeral"))
    sealed = envelope._seal(
        vector("plaintext"), A11["recipient"], vector("info"), vector("aad"), ephemeral=ephemeral
    )
    assert sealed == A11["enc"] + A11["ciphertext"]
    key = RecipientKey.from_private(Secret(vector("private")))
    assert key.public_hex == A11["recipient"]
    opened = open_sealed(sealed, key, info=vector("info"), aad=vector("aad"))
    assert opened == vector("plaintext")


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_without_associated_data_it_is_the_library_s_hpke(plaintext: bytes, info: bytes) -> None:
    key = RecipientKey.generate()
    private = X25519PrivateKey.from_private_bytes(key.private().reveal())
    ours = bytes.fromhex(seal(plaintext, recipient=key.public_hex, info=info, aad=b""))
    assert SUITE.decrypt(ours, private, info) == plaintext
    theirs = SUITE.encrypt(plaintext, private.public_key(), info)
    assert open_sealed(theirs.hex(), key, info=info, aad=b"") == plaintext


def test_envelope_bound_to_other_context_does_not_open() -> None:
    key, other = RecipientKey.generate(), RecipientKey.generate()
    sealed = seal(b"share", recipient=key.public_hex, info=b"info", aad=b"aad")
    assert open_sealed(sealed, key, info=b"info", aad=b"aad") == b"share"
    for reader, info, aad in ((other, b"info", b"aad"), (key, b"x", b"aad"), (key, b"info", b"x")):
        with pytest.raises(SignatureError, match="does not open"):
            open_sealed(sealed, reader, info=info, aad=aad)


def test_every_altered_byte_is_noticed() -> None:
    key = RecipientKey.generate()
    sealed = bytes.fromhex(seal(b"share", recipient=key.public_hex, info=b"", aad=b""))
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(SignatureError):
            open_sealed(altered.hex(), key, info=b"", aad=b"")


@pytest.mark.parametrize("sealed", ["", "zz", "ab" * 47, "AB" * 60, "ab" * 60 + "\n"])
def test_malformed_envelope_is_refused(sealed: str) -> None:
    with pytest.raises(SignatureError, match="not the hex"):
        open_sealed(sealed, RecipientKey.generate(), info=b"", aad=b"")


def test_small_order_keys_are_refused_on_both_sides() -> None:
    with pytest.raises(FormatError, match="small order"):
        seal(b"share", recipient="00" * 32, info=b"", aad=b"")
    with pytest.raises(SignatureError):
        open_sealed("00" * 60, RecipientKey.generate(), info=b"", aad=b"")


def test_two_envelopes_of_one_share_have_nothing_in_common() -> None:
    key = RecipientKey.generate()
    first = seal(b"share", recipient=key.public_hex, info=b"", aad=b"")
    second = seal(b"share", recipient=key.public_hex, info=b"", aad=b"")
    assert first[:64] != second[:64]
    assert first[64:] != second[64:]


def test_info_names_sealer_and_recipient_in_order() -> None:
    agent, recipient = "aa" * 32, "bb" * 32
    assert envelope_info(agent, recipient) == b"envelope/v1" + b"\xaa" * 32 + b"\xbb" * 32
    assert envelope_info(agent, recipient) != envelope_info(recipient, agent)
    with pytest.raises(FormatError, match="agent key"):
        envelope_info("aa", recipient)
