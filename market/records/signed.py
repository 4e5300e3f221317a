"""A record with its Ed25519 signature, as one canonical document.

The signature covers the record's tag and canonical bytes (RFC 8032 over tag ‖ 0x00 ‖ bytes), so
a signature of one kind of record never verifies for another. Its identity is the hash of those
same bytes; signers do not change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from crypto import canonical
from crypto.errors import FormatError, SignatureError
from crypto.identity import PublicKey, SigningKey, sign, verify
from market import wire

_MEMBERS: Final = frozenset({"record", "signature", "signer", "tag"})
_BEGINS: Final = '{"record":'
"""As canonical JSON puts its members in order."""


class Record(Protocol):
    TAG: ClassVar[str]


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Signed(Generic[R]):
    """A verified record: built only by `sign_record` and `open_signed`."""

    record: R
    signer: str
    signature: str

    def encode(self) -> bytes:
        return canonical.dumps(
            {
                "record": wire.to_json(self.record),
                "signature": self.signature,
                "signer": self.signer,
                "tag": self.record.TAG,
            }
        )


def record_hash(record: Record) -> str:
    """SHA-256 of a record under its tag, in hex."""
    return canonical.digest_bytes(record.TAG, wire.encode(record))


def sign_record(key: SigningKey, record: R) -> Signed[R]:
    return Signed(record, key.public.hex, sign(key, record.TAG, wire.encode(record)))


def verify_any(text: str) -> bool:
    """Whether a text is a signed document of any kind; its signature is verified then.

    Raises:
        FormatError: it begins as one and is none.
        SignatureError: it is one, and its signature does not verify.
    """
    if not text.startswith(_BEGINS):
        return False
    value = _document(text.encode())
    record, key = canonical.dumps(value["record"]), PublicKey.parse(value["signer"])
    verify(key, value["tag"], record, value["signature"])
    return True


def open_signed(kind: type[R], data: bytes, *, signer: str | None = None) -> Signed[R]:
    """Parse and verify a signed document.

    Args:
        signer: the public key, in hex, that must have signed; None accepts any and the caller
            decides by `.signer`.

    Raises:
        FormatError: not a canonical document of this kind.
        SignatureError: signed by another key, or the signature does not verify.
    """
    value = _document(data)
    if value["tag"] != kind.TAG:
        raise FormatError(f"signed document has tag {value['tag']!r}, expected {kind.TAG!r}")
    if signer is not None and value["signer"] != signer:
        raise SignatureError(f"signed by {value['signer'][:16]}, expected {signer[:16]}")
    record = wire.from_json(kind, value["record"])
    verify(PublicKey.parse(value["signer"]), kind.TAG, wire.encode(record), value["signature"])
    return Signed(record, value["signer"], value["signature"])


def _document(data: bytes) -> dict[str, Any]:
    value = canonical.loads(data)
    if not isinstance(value, dict) or set(value) != _MEMBERS:
        raise FormatError(f"signed document: expected the members {', '.join(sorted(_MEMBERS))}")
    if not all(isinstance(value[name], str) for name in ("signature", "signer", "tag")):
        raise FormatError("signed document: signer and signature are hex strings, tag is text")
    return value
