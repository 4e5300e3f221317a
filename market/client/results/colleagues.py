"""Colleagues to share results with: whose key is compared as an owner compares a buyer's.

The portal says who is in the organisation, and could name a key of its own. So a result is sealed
only under a reader key signed by an identity key that the sharer has compared with its owner.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from crypto.envelope import RecipientKey
from crypto.errors import CryptoError
from crypto.identity import PublicKey, SigningKey
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring, register_identity
from market.client.kept.pins import check_pin, find_pin, key_malformed, pin_compared
from market.errors import NotFound, Refused
from market.records.fingerprint_words import fingerprint_in_words
from market.records.shared_result import ReaderKey
from market.records.signed import open_signed, sign_record


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of one's organisation: `key` is their identity key (hex), by the portal's word until
    it was compared; `reader_key` (X25519, hex) is signed by it."""

    user: str
    name: str
    key: str
    reader_key: str

    @property
    def fingerprint(self) -> str:
        """Of their identity key."""
        return PublicKey.parse(self.key).fingerprint()


def register_keys(portal: PortalClient, keyring: Keyring, user: str, *, now: int) -> str:
    """Tell the portal the user's public key, and the key that colleagues seal to; returns the
    fingerprint (raises as `register_identity`)."""
    identity = keyring.identity()
    fingerprint = register_identity(portal, user, identity)
    signed = signed_reader_key(identity, keyring.make_reader(), user, now=now)
    portal.put("identity/reader-key", {"reader_key": signed})
    return fingerprint


def signed_reader_key(identity: SigningKey, reader: RecipientKey, user: str, *, now: int) -> str:
    """The user's reader key under their signature."""
    return sign_record(identity, ReaderKey(user, reader.public_hex, now)).encode().decode()


def list_colleagues(portal: PortalClient) -> list[Colleague]:
    """Whom results can be shared with, by user id.

    Raises:
        Refused: `colleague-key-invalid`: a reader key is not signed by whose it is said to be.
    """
    return sorted(map(_verified, portal.get("colleagues")), key=lambda one: one.user)


def find_colleague(portal: PortalClient, user: str) -> Colleague:
    """One of them.

    Raises:
        NotFound: `no-colleague`: there is none of this id who has registered a reader key.
        Refused: `colleague-key-invalid`.
    """
    found = {str(one["user"]): one for one in portal.get("colleagues")}
    if user in found:
        return _verified(found[user])
    near = difflib.get_close_matches(user, found, n=1)
    raise NotFound(
        "no-colleague",
        f"Nobody called {user[:100]!r} in your organisation can be sealed to."
        + (f" Did you mean {near[0]}?" if near else ""),
        "A colleague registers their keys once (market keys register); others are strangers here.",
    )


def is_compared(home: ClientHome, colleague: Colleague) -> bool:
    """Whether the person has compared this very key before.

    Raises:
        Refused: `colleague-key-changed`: another key is pinned under this name.
    """
    if find_pin(home, "colleague", colleague.user) is None:
        return False
    check_pin(home, "colleague", colleague.user, colleague.key)
    pin = find_pin(home, "colleague", colleague.user)
    return pin is not None and pin.is_compared


def compare_colleague(home: ClientHome, colleague: Colleague, words: str) -> None:
    """Pin a colleague's key, if it is the one whose words they read out.

    Raises:
        Refused: `not-compared` where no words were given; `key-malformed`; `colleague-key-differs`.
    """
    if not words.strip():
        raise not_compared(colleague.user)
    try:
        read_out = fingerprint_in_words(words)
    except ValueError as error:
        raise key_malformed(error) from error
    if read_out != colleague.fingerprint:
        raise Refused(
            "colleague-key-differs",
            f"The words are those of key {read_out}; the portal says that {colleague.user} has "
            f"{colleague.fingerprint}.",
            "Nothing was shared. Ask them again by another channel; if they read the same, tell "
            "the portal's operator.",
        )
    pin_compared(home, "colleague", colleague.user, read_out, may_replace=False)


def not_compared(user: str) -> Refused:
    """The refusal to seal to a key that only the portal vouches for."""
    return Refused(
        "not-compared",
        f"No words were given: whose key {user}'s is, only the portal says.",
        f"Have {user} read out `market keys show` by another channel, and give --words.",
    )


def _verified(shown: dict[str, Any]) -> Colleague:
    user, key = str(shown["user"]), str(shown["identity_key"])
    try:
        record = open_signed(ReaderKey, str(shown["reader_key"]).encode(), signer=key).record
    except CryptoError as error:
        raise _invalid(user, f"{error}") from error
    if record.user != user:
        raise _invalid(user, f"it is of {record.user[:100]!r}")
    return Colleague(user, str(shown["name"]), key, record.reader_key)


def _invalid(user: str, reason: str) -> Refused:
    return Refused(
        "colleague-key-invalid",
        f"The portal shows a reader key of {user[:100]} that is not theirs: {reason}.",
        "Nothing was shared. Tell the portal's operator.",
    )
