"""pin: whose key is whose, compared by a channel other than the portal."""

from __future__ import annotations

from typing import Any

import click

from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output
from market.cli.session import Session, ask_line, pass_session
from market.client.http.portal_address import portal_address
from market.client.kept.pins import KINDS, Kind, Pin, key_malformed, member_name, pin_compared, pins
from market.records.fingerprint_words import fingerprint_of, words_of

COMMANDS = {
    "owner": Lazy("pins:owner", "The key of a dataset's owner."),
    "platform": Lazy("pins:platform", "The key of a portal."),
    "member": Lazy("pins:member", "The key of a consortium's member."),
    "colleague": Lazy("pins:colleague", "The key of somebody who shares results."),
    "list": Lazy("pins:list_command", "Every key this client knows others by."),
}


@click.group("pin", cls=LazyGroup, lazy=COMMANDS)
def pin() -> None:
    """Keys of others, known by more than the portal's word.

    Without a pin the first key seen is kept, and it may be the wrong one. Ask its owner to read it
    out (`market keys show`), by telephone or face to face.
    """


@click.command("owner", cls=Leaf, epilog="Example: market pin owner visits-2024 0f3a...")
@click.argument("dataset")
@click.argument("key", nargs=-1)
@click.option("--replace", "may_replace", is_flag=True, help="Take it even if another is pinned.")
@pass_session
def owner(session: Session, dataset: str, key: tuple[str, ...], may_replace: bool) -> None:
    """Pin the key of DATASET's owner, before or after it was first seen.

    KEY is its fingerprint, or its fifteen words, from the owner; it is asked for when left out.
    Another dataset of the same key is then known too.
    """
    _pin(session, "owner", dataset, key, may_replace)


@click.command("platform", cls=Leaf, epilog="Example: market pin platform https://m.example 0f3a..")
@click.argument("url")
@click.argument("key", nargs=-1)
@click.option("--replace", "may_replace", is_flag=True, help="Take it even if another is pinned.")
@pass_session
def platform(session: Session, url: str, key: tuple[str, ...], may_replace: bool) -> None:
    """Pin the key of the portal at URL, before or after the first login.

    KEY is its fingerprint, or its fifteen words, from whoever runs it; it is asked for when left
    out.
    """
    _pin(session, "platform", portal_address(url), key, may_replace)


@click.command(
    "member", cls=Leaf, epilog="Example: market pin member three-clinics couriers 0f3a..."
)
@click.argument("consortium")
@click.argument("organisation")
@click.argument("key", nargs=-1)
@click.option("--replace", "may_replace", is_flag=True, help="Take it even if another is pinned.")
@pass_session
def member(
    session: Session, consortium: str, organisation: str, key: tuple[str, ...], may_replace: bool
) -> None:
    """Pin the key under which ORGANISATION joins CONSORTIUM, before or after it was first seen.

    KEY is its fingerprint, or its fifteen words, from whoever joined; it is asked for when left
    out. In other consortia the organisation is then known by this key too.
    """
    _pin(session, "member", member_name(consortium, organisation), key, may_replace)


@click.command("colleague", cls=Leaf, epilog="Example: market pin colleague bea 0f3a...")
@click.argument("user")
@click.argument("key", nargs=-1)
@click.option("--replace", "may_replace", is_flag=True, help="Take it even if another is pinned.")
@pass_session
def colleague(session: Session, user: str, key: tuple[str, ...], may_replace: bool) -> None:
    """Pin the key of USER, a colleague, before or after a result is shared with them or by them.

    KEY is its fingerprint, or its fifteen words, from USER; it is asked for when left out.
    """
    _pin(session, "colleague", user, key, may_replace)


@click.command("list", cls=Leaf, epilog="Example: market pin list")
@pass_session
def list_command(session: Session) -> None:
    """List the pinned keys, and which of them a person compared."""
    found = [pin for kind in KINDS for pin in pins(session.client_home, kind)]

    def render(output: Output) -> None:
        for pin in found:
            how = "compared" if pin.is_compared else "first sight, not compared"
            output.line(f"{pin.kind} {pin.name}: {how}")
            output.key(pin.fingerprint)

    session.output.show([_document(pin) for pin in found], render)


def _pin(session: Session, kind: Kind, name: str, key: tuple[str, ...], may_replace: bool) -> None:
    text = " ".join(key) or ask_line("Fingerprint or words, as the key's owner reads them out")
    try:
        fingerprint = fingerprint_of(text)
    except ValueError as error:
        raise key_malformed(error, kind) from error
    made = pin_compared(session.client_home, kind, name, fingerprint, may_replace=may_replace)

    def render(output: Output) -> None:
        output.line(f"Pinned the key of {kind} {name}:")
        output.key(made.fingerprint)

    session.output.show(_document(made), render)


def _document(pin: Pin) -> dict[str, Any]:
    return {
        "kind": pin.kind,
        "name": pin.name,
        "fingerprint": pin.fingerprint,
        "words": words_of(pin.fingerprint),
        "is_compared": pin.is_compared,
    }
