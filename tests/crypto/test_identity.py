from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import FormatError, SignatureError
from crypto.identity import PublicKey, SigningKey, sign, verify
from crypto.secret import Secret

# RFC 8032 section 7.1: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_rfc_8032_vectors(seed: str, public: str, message: str, signature: str) -> None:
    key = SigningKey.from_seed(Secret(bytes.fromhex(seed)))
    assert key.public.hex == public
    assert key._sign(bytes.fromhex(message)).hex() == signature


def test_signature_is_plain_ed25519_over_tag_zero_and_data() -> None:
    key = SigningKey.generate()
    plain = Ed25519PrivateKey.from_private_bytes(key.seed().reveal())
    assert sign(key, "a/b", b"data") == plain.sign(b"a/b\x00data").hex()


@given(st.binary(max_size=200), st.integers(min_value=0))
def test_signature_over_altered_data_is_refused(data: bytes, place: int) -> None:
    key = SigningKey.from_seed(Secret(bytes(range(32))))
    signature = sign(key, "tag", data)
    verify(key.public, "tag", data, signature)
    altered = bytearray(data + b"\x00")
    altered[place % len(altered)] ^= 1
    with pytest.raises(SignatureError):
        verify(key.public, "tag", bytes(altered), signature)


def test_signature_for_another_tag_or_key_is_refused() -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    signature = sign(key, "request", b"data")
    for public, tag in ((key.public, "approval"), (other.public, "request")):
        with pytest.raises(SignatureError, match="does not verify"):
            verify(public, tag, b"data", signature)


@pytest.mark.parametrize("change", [str.upper, lambda s: s[2:], lambda s: s + "00", lambda _: ""])
def test_malformed_signature_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    key = SigningKey.generate()
    signature = change(sign(key, "tag", b"data"))
    with pytest.raises(SignatureError, match="128"):
        verify(key.public, "tag", b"data", signature)


def test_other_half_of_the_group_order_is_refused() -> None:
    key = SigningKey.generate()
    signature = bytes.fromhex(sign(key, "tag", b"data"))
    order = 2**252 + 27742317777372353535851937790883648493
    second = int.from_bytes(signature[32:], "little") + order
    malleable = signature[:32] + second.to_bytes(32, "little")
    with pytest.raises(SignatureError):
        verify(key.public, "tag", b"data", malleable.hex())


FIELD = 2**255 - 19
CURVE_D = -121665 * pow(121666, -1, FIELD) % FIELD
NEUTRAL = (1).to_bytes(32, "little").hex()


def _added(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int]:
    """RFC 8032 section 5.1.4, in affine coordinates."""
    (a, b), (c, d) = p, q
    product = CURVE_D * a * b * c * d
    x = (a * d + b * c) * pow(1 + product, -1, FIELD)
    y = (b * d + a * c) * pow(1 - product, -1, FIELD)
    return x % FIELD, y % FIELD


def _of_small_order() -> list[str]:
    """The points whose order divides 8, each in all its encodings, reduced or not."""
    y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    square = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if x * x % FIELD != square:
        x = x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    point, ordinates = (x, y), set[int]()
    for _ in range(8):
        ordinates.add(point[1])
        point = _added(point, (x, y))
    assert point == (x, y), "eight times the point is neutral"
    spelled = {one + k * FIELD for one in ordinates for k in (0, 1) if one + k * FIELD < 2**255}
    words = sorted(one | sign << 255 for one in spelled for sign in (0, 1))
    return [word.to_bytes(32, "little").hex() for word in words]


def test_nothing_verifies_under_a_key_of_small_order() -> None:
    keys = _of_small_order()
    assert len(keys) == 14
    for key in keys:
        for number in range(64):
            # Without a look at the key this verifies for one message of eight, or more.
            with pytest.raises(SignatureError, match="small order"):
                verify(PublicKey.parse(key), "tag", b"%d" % number, NEUTRAL + "00" * 32)


@pytest.mark.parametrize(
    "text", ["", "00", "AB" * 32, "0x" + "ab" * 31, "ab" * 33, "ab" * 32 + "\n"]
)
def test_malformed_public_key_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="64 lower-case"):
        PublicKey.parse(text)


def test_fingerprint_is_a_tagged_hash_of_the_key() -> None:
    key = PublicKey.parse("ab" * 32)
    expected = hashlib.sha256(b"identity/fingerprint/v1\x00" + b"\xab" * 32).hexdigest()
    assert key.fingerprint() == expected[:40]


def test_key_returns_from_its_seed() -> None:
    key = SigningKey.generate()
    assert SigningKey.from_seed(key.seed()).public == key.public
    with pytest.raises(FormatError, match="expected 32"):
        SigningKey.from_seed(Secret(bytes(31)))


@pytest.mark.parametrize("tag", ["", "a b", "a\x00b", "ä", "x" * 101])
def test_tag_that_could_run_into_the_data_is_refused(tag: str) -> None:
    with pytest.raises(FormatError, match="tag"):
        sign(SigningKey.generate(), tag, b"")
