"""Who is at the other end of a session's connection: a certificate made for it, and pinned.

Rules: each member makes a key and a self-signed certificate for one session, valid while it may
begin; the certificates are in the seal that every member checks, so no authority vouches for
anybody. TLS 1.3 alone, both ends shown, and each certificate equal, byte for byte, to the one of
its point: a certificate that some member owns says nothing about being another.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from crypto.errors import FormatError
from crypto.secret import Secret

VALID_FOR = timedelta(hours=6)
CLOCKS_DIFFER_BY = timedelta(minutes=10)
"""A member whose clock is behind by less than this still finds a fresh certificate valid."""
MAXIMUM_PEM_CHARACTERS = 2048
_NAME_BYTES = 16
_PASSWORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class SessionIdentity:
    """One member's TLS key and certificate for one session, both PEM."""

    key: Secret
    certificate: str


def make_identity(
    now: datetime, entropy: Callable[[int], bytes], *, valid_for: timedelta = VALID_FOR
) -> SessionIdentity:
    """A fresh identity, valid from `now` (aware): as long as it may take all to join and run."""
    key = Ed25519PrivateKey.from_private_bytes(entropy(32))
    # A subject of its own: OpenSSL looks certificates up by it among those it trusts.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, entropy(_NAME_BYTES).hex())])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(entropy(_NAME_BYTES), "big") + 1)
        .not_valid_before(now - CLOCKS_DIFFER_BY)
        .not_valid_after(now + valid_for)
        .sign(key, None)
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SessionIdentity(Secret(pem), certificate.public_bytes(Encoding.PEM).decode("ascii"))


def certificate_der(pem: str) -> bytes:
    """The DER bytes of exactly one self-signed Ed25519 certificate.

    Raises:
        FormatError: anything else, also the same certificate in another spelling of PEM.
    """
    if len(pem) > MAXIMUM_PEM_CHARACTERS:
        raise FormatError(f"certificate has {len(pem)} characters, over {MAXIMUM_PEM_CHARACTERS}")
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode("ascii"))
        key = certificate.public_key()
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise FormatError("session certificate is not a self-signed certificate in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise FormatError(f"session certificate has a {type(key).__name__}, expected Ed25519")
    if certificate.public_bytes(Encoding.PEM).decode("ascii") != pem:
        raise FormatError("session certificate holds more than one certificate in plain PEM")
    return certificate.public_bytes(Encoding.DER)


def fingerprint(pem: str) -> str:
    """SHA-256 of the certificate's DER, as 64 hex characters.

    Raises:
        FormatError: not a session certificate.
    """
    return sha256(certificate_der(pem)).hexdigest()


def pinned_context(
    identity: SessionIdentity,
    peers_der: Iterable[bytes],
    *,
    is_server: bool,
    entropy: Callable[[int], bytes],
) -> ssl.SSLContext:
    """TLS 1.3 that shows `identity` and completes with the given certificates only.

    Raises:
        FormatError: the key is not the certificate's.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    # What is trusted are these certificates themselves, never something they would have signed.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=b"".join(peers_der))
    if is_server:
        # No ticket: a session resumed from one would not show a certificate again.
        context.num_tickets = 0
    _load(context, identity, entropy)
    return context


def _load(
    context: ssl.SSLContext, identity: SessionIdentity, entropy: Callable[[int], bytes]
) -> None:
    # OpenSSL's binding reads a key from a file only: what lies on the disk meanwhile is encrypted.
    password = entropy(_PASSWORD_BYTES).hex().encode("ascii")
    try:
        key = load_pem_private_key(identity.key.reveal(), None)
        sealed = key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
        )
        with NamedTemporaryFile(suffix=".pem") as file:
            file.write(sealed + identity.certificate.encode("ascii"))
            file.flush()
            context.load_cert_chain(file.name, password=password)
    except (ValueError, TypeError, ssl.SSLError) as error:
        raise FormatError("session key is not the key of the session certificate") from error
