from __future__ import annotations

import secrets
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from crypto.errors import FormatError
from crypto.mpc.certificates import (
    CLOCKS_DIFFER_BY,
    VALID_FOR,
    SessionIdentity,
    certificate_der,
    fingerprint,
    make_identity,
    pinned_context,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def identity(shift: timedelta = timedelta()) -> SessionIdentity:
    """As good as if it was made so long from now: TLS judges it by the machine's clock."""
    return make_identity(datetime.now(UTC) + shift, secrets.token_bytes)


def context(own: SessionIdentity, *pinned: SessionIdentity, is_server: bool) -> ssl.SSLContext:
    ders = [certificate_der(one.certificate) for one in pinned]
    return pinned_context(own, ders, is_server=is_server, entropy=secrets.token_bytes)


def handshake(
    client: ssl.SSLContext, server: ssl.SSLContext
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends of a TLS connection that never left this process.

    Raises:
        ssl.SSLError: one end refused the other.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    waiting = set(ends)
    while waiting:
        for end in tuple(waiting):
            try:
                end.do_handshake()
                waiting.discard(end)
            except ssl.SSLWantReadError:
                continue
    # TLS 1.3's client is through before the server has judged it: its word comes with the data.
    ends[1].write(b"welcome")
    assert ends[0].read(7) == b"welcome"
    return ends


def test_two_members_who_pin_each_other_meet_over_tls_1_3() -> None:
    one, two = identity(), identity()
    client, server = handshake(
        context(one, two, is_server=False), context(two, one, is_server=True)
    )
    assert client.version() == server.version() == "TLSv1.3"
    assert client.getpeercert(binary_form=True) == certificate_der(two.certificate)
    assert server.getpeercert(binary_form=True) == certificate_der(one.certificate)


def test_server_with_another_certificate_is_refused() -> None:
    one, two, other = identity(), identity(), identity()
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(context(one, two, is_server=False), context(other, one, is_server=True))


def test_client_with_another_certificate_is_refused() -> None:
    one, two, other = identity(), identity(), identity()
    with pytest.raises(ssl.SSLError):
        handshake(context(other, two, is_server=False), context(two, one, is_server=True))


@pytest.mark.parametrize("shift", [-VALID_FOR - CLOCKS_DIFFER_BY, CLOCKS_DIFFER_BY * 2])
def test_certificate_outside_its_hours_is_refused(shift: timedelta) -> None:
    one, stale = identity(), identity(shift)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(context(one, stale, is_server=False), context(stale, one, is_server=True))


def test_older_tls_is_refused() -> None:
    one, two = identity(), identity()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        handshake(old, context(two, one, is_server=True))


def test_key_of_another_certificate_is_refused() -> None:
    one, two = identity(), identity()
    mixed = SessionIdentity(one.key, two.certificate)
    with pytest.raises(FormatError, match="not the key"):
        context(mixed, two, is_server=False)


def test_certificate_lives_six_hours_from_the_given_time() -> None:
    made = x509.load_pem_x509_certificate(
        make_identity(NOW, secrets.token_bytes).certificate.encode()
    )
    assert made.not_valid_after_utc == (NOW + VALID_FOR).replace(microsecond=0)
    assert made.not_valid_before_utc == (NOW - CLOCKS_DIFFER_BY).replace(microsecond=0)


def test_fingerprints_differ_as_certificates_do() -> None:
    one, two = identity(), identity()
    assert fingerprint(one.certificate) == fingerprint(one.certificate)
    assert fingerprint(one.certificate) != fingerprint(two.certificate)


def on_another_curve() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + VALID_FOR)
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "certificate",
        identity().key.reveal().decode(),
        identity().certificate + identity().certificate,
        "subject=somebody\n" + identity().certificate,
        identity().certificate.replace("\n", "\r\n"),
        identity().certificate[:-40],
        "é" + identity().certificate,
        on_another_curve(),
        "x" * 3000,
    ],
)
def test_anything_but_one_plain_certificate_is_refused(pem: str) -> None:
    with pytest.raises(FormatError):
        certificate_der(pem)
