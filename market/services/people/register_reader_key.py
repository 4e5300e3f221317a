"""A person's reader key: what colleagues seal shared results to, by the person's own signature."""

from __future__ import annotations

from dataclasses import dataclass

from crypto.errors import CryptoError
from market.entities.people import User
from market.errors import Refused
from market.records.shared_result import ReaderKey
from market.records.signed import open_signed
from market.services.authorize import colleagues_of
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class Reader:
    """A colleague with whom results can be shared; `document` is their signed reader key."""

    user: User
    document: str


def register_reader_key(platform: Platform, user: User, text: str) -> None:
    """Keep the user's signed reader key; the same key again changes nothing.

    Raises:
        Refused: `reader-key-invalid`: it is not signed by the user's identity key, or of another.
    """
    try:
        record = open_signed(ReaderKey, text.encode(), signer=user.identity_key).record
    except CryptoError as error:
        raise _invalid(f"{error}") from error
    if record.user != user.user:
        raise _invalid(f"it is of {record.user[:100]}, not of {user.user}")
    known = reader_key_of(platform, user.user)
    if known is None or known.reader_key != record.reader_key:
        platform.shared_results.put_reader_key(user.user, text)


def reader_key_of(platform: Platform, user: str) -> ReaderKey | None:
    """A person's reader key; None where they have registered none."""
    kept = platform.shared_results.reader_key(user)
    return open_signed(ReaderKey, kept.encode()).record if kept else None


def list_readers(platform: Platform, user: User) -> list[Reader]:
    """Those of the user's colleagues who have registered a reader key."""
    return [
        Reader(one, document)
        for one in colleagues_of(platform, user)
        if (document := platform.shared_results.reader_key(one.user))
    ]


def _invalid(reason: str) -> Refused:
    return Refused(
        "reader-key-invalid",
        f"The reader key was not registered: {reason}.",
        "Register with the installed client and the registered identity key: market keys register.",
    )
