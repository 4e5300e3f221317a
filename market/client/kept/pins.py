"""Keys this client knows others by: owners by dataset, portals by address, members of a consortium
by consortium and organisation (`member_name`), colleagues by user id.

A key is pinned beforehand, by a fingerprint or words that came by a channel other than the portal;
or at first sight, which is the portal's word until somebody compares it. Pins outlive logins, and
no other key is accepted under the same name.

    pins/<kind>/<hash of name>      FINGERPRINT compared|first-sight NAME
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from crypto.identity import PublicKey
from market.adapters.private_files import write_private
from market.client.kept.home import ClientHome
from market.errors import Conflict, Refused

Kind = Literal["owner", "platform", "member", "colleague"]
KINDS: tuple[Kind, ...] = ("owner", "platform", "member", "colleague")
_COMPARED = "compared"
_FIRST_SIGHT = "first-sight"


@dataclass(frozen=True, slots=True)
class Pin:
    """`is_compared` says whether a person vouched for it, or only the portal so far."""

    kind: Kind
    name: str
    fingerprint: str
    is_compared: bool


def member_name(consortium: str, organisation: str) -> str:
    """What a member's key is pinned under."""
    return f"{consortium} {organisation}"


def check_pin(home: ClientHome, kind: Kind, name: str, public_key: str) -> None:
    """Pin a key at first sight, and refuse any other later.

    First sight of a key that was compared under another name needs no comparison.

    Raises:
        Refused: `owner-key-changed`, `platform-key-changed`, `member-key-changed` or
            `colleague-key-changed`, with both fingerprints.
    """
    fingerprint = PublicKey.parse(public_key).fingerprint()
    known = find_pin(home, kind, name)
    if known is None:
        compared = any(p.is_compared for p in _same_key(home, kind, name, fingerprint))
        _write(home, Pin(kind, name, fingerprint, compared))
        if not compared:
            home.on_first_sight(kind, name, fingerprint)
    elif known.fingerprint != fingerprint:
        raise _changed(known, fingerprint)


def pin_compared(
    home: ClientHome, kind: Kind, name: str, fingerprint: str, *, may_replace: bool
) -> Pin:
    """Pin a key that came by a channel other than the portal.

    Raises:
        Conflict: `pinned-otherwise` when another one is pinned, unless it may be replaced.
    """
    known = find_pin(home, kind, name)
    if known is not None and known.fingerprint != fingerprint and not may_replace:
        raise Conflict(
            "pinned-otherwise",
            f"The key of {kind} {name} is pinned as {known.fingerprint}, not {fingerprint}.",
            "Somebody's portal shows another key than its owner reads out: use neither before you "
            "know why. To take the new one: --replace.",
        )
    pin = Pin(kind, name, fingerprint, is_compared=True)
    for other in _same_key(home, kind, name, fingerprint):
        _write(home, replace(other, is_compared=True))
    _write(home, pin)
    return pin


def _changed(known: Pin, fingerprint: str) -> Refused:
    how = "compared" if known.is_compared else "seen first"
    kind, name = known.kind, known.name
    message = f"The key of {kind} {name} is {fingerprint}, the one {how} is {known.fingerprint}."
    next_action = (
        "Ask its owner by another channel. Only if they confirm the new key: "
        f"market pin {kind} {name} --replace."
    )
    if kind == "member":
        return Refused("member-key-changed", message, next_action)
    if kind == "colleague":
        return Refused("colleague-key-changed", message, next_action)
    return Refused(
        "owner-key-changed" if kind == "owner" else "platform-key-changed", message, next_action
    )


def _same_key(home: ClientHome, kind: Kind, name: str, fingerprint: str) -> list[Pin]:
    """Pins of a key under other names that vouch for it under this one: of a member only those of
    the same organisation, since the key of one says nothing of who sits in another's seat."""
    found = [pin for pin in pins(home, kind) if pin.fingerprint == fingerprint]
    if kind == "member":
        organisation = name.rpartition(" ")[2]
        found = [pin for pin in found if pin.name.rpartition(" ")[2] == organisation]
    return found


def find_pin(home: ClientHome, kind: Kind, name: str) -> Pin | None:
    """The key pinned under a name, or None.

    Raises:
        Refused: `pin-damaged`.
    """
    path = _path(home, kind, name)
    return _read(kind, path) if path.exists() else None


def pins(home: ClientHome, kind: Kind) -> list[Pin]:
    """Every pin of a kind, by name."""
    # By the names `_path` gives: what a killed writer left beside them is none.
    found = (_read(kind, path) for path in (home.pins_path / kind).glob("[0-9a-f]*"))
    return sorted(found, key=lambda pin: pin.name)


def key_malformed(error: ValueError, kind: Kind = "member") -> Refused:
    """The refusal of words or a fingerprint that name no key; `kind` is whose it would be."""
    read_out = "market admin identity" if kind == "platform" else "market keys show"
    return Refused(
        "key-malformed",
        f"No key reads like this: {error}.",
        f"Ask its owner to read out `{read_out}`, by a channel other than the portal.",
    )


def _path(home: ClientHome, kind: Kind, name: str) -> Path:
    # Names may be addresses; their hash is a plain file name.
    return home.pins_path / kind / hashlib.sha256(name.encode()).hexdigest()[:40]


def _read(kind: Kind, path: Path) -> Pin:
    try:
        fingerprint, how, name = path.read_text("utf-8").rstrip("\n").split(" ", 2)
    except ValueError as error:
        raise Refused(
            "pin-damaged",
            f"{path} holds no pinned key.",
            f"Remove it, then compare the key again: market pin {kind}.",
        ) from error
    return Pin(kind, name, fingerprint, how == _COMPARED)


def _write(home: ClientHome, pin: Pin) -> None:
    how = _COMPARED if pin.is_compared else _FIRST_SIGHT
    line = f"{pin.fingerprint} {how} {pin.name}\n"
    write_private(_path(home, pin.kind, pin.name), line.encode())
