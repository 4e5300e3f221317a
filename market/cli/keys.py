"""keys: the person's identity."""

from __future__ import annotations

import click

from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output, key_document
from market.cli.session import PASSPHRASE_FILE, Session, new_passphrase, now, pass_session
from market.client.results.colleagues import register_keys

COMMANDS = {
    "new": Lazy("keys:new", "Make an identity key."),
    "register": Lazy("keys:register", "Tell the portal its public key."),
    "show": Lazy("keys:show", "Its public key, fingerprint and words."),
}


@click.group("keys", cls=LazyGroup, lazy=COMMANDS)
def keys() -> None:
    """Your identity: one Ed25519 key that signs whatever you ask or publish.

    It is made here and never leaves. Back the home up: a lost key cannot be replaced, and results
    sealed to it stay closed.
    """


@click.command("new", cls=Leaf, epilog="Example: market keys new --passphrase")
@click.option(
    "--passphrase", is_flag=True, help="Protect it with a passphrase instead of a key file."
)
@pass_session
def new(session: Session, passphrase: bool) -> None:
    """Make an identity key in the client's home.

    Without a passphrase a random key file beside it (mode 0600) unlocks it. With --passphrase
    nothing stored does: it is asked for, or read as one line of standard input. The file that
    MARKET_PASSPHRASE_FILE names gives it here and wherever it is asked for later.
    """
    secret = new_passphrase("New passphrase", PASSPHRASE_FILE, wanted=passphrase)
    key = session.keyring.make_identity(secret)
    path = session.client_home.identity_path

    def render(output: Output) -> None:
        output.line(f"Made identity {key.public.fingerprint()} in {path}.")
        output.line("Next: market login, then market keys register. Keep a backup of the home.")

    session.output.show(key_document(key.public), render)


@click.command("register", cls=Leaf, epilog="Example: market keys register")
@pass_session
def register(session: Session) -> None:
    """Register the public key with the portal, with a signature that proves it is yours.

    Once registered it is not replaced: what you signed names it for ever. A second key, which it
    signs, is made and registered with it: what colleagues share with you is sealed to that.
    """
    key = session.keyring.identity()
    user = session.account.user
    fingerprint = register_keys(session.portal(), session.keyring, user, now=now())
    session.output.show(
        key_document(key.public),
        lambda output: output.line(f"Registered {fingerprint} for {user}."),
    )


@click.command("show", cls=Leaf, epilog="Example: market keys show --json")
@pass_session
def show(session: Session) -> None:
    """Show the public key, and what others know you by: fingerprint and words.

    Read the words out to whoever asks, by a channel other than the portal: that is how they know
    that a grant is given to you, or that a dataset is yours.
    """
    key = session.keyring.identity()

    def render(output: Output) -> None:
        output.key(key.public.fingerprint())
        output.line(f"  public key   {key.public.hex}")

    session.output.show(key_document(key.public), render)
