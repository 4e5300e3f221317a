"""What every command shares: homes, account, keys, output; and how errors leave."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

from crypto.errors import CryptoError, FormatError, KeyFileError, SignatureError
from crypto.secret import Secret
from market import settings as settings_module
from market.adapters.full_disk import file_failure
from market.cli.output import Output, key_text
from market.client.http.api import PortalClient
from market.client.kept.home import Account, ClientHome
from market.client.kept.keys import Keyring
from market.client.kept.passphrase import passphrase_of, read_line, secret_of
from market.errors import MarketError, Refused
from market.pages.words import money
from market.settings import Settings

CLIENT_HOME = "MARKET_CLIENT_HOME"
AGENT_HOME = "MARKET_AGENT_HOME"
PLATFORM_HOME = "MARKET_HOME"
PASSPHRASE_FILE = "MARKET_PASSPHRASE_FILE"  # noqa: S105 - the variable that names the file
AGENT_PASSPHRASE_FILE = "MARKET_AGENT_PASSPHRASE_FILE"  # noqa: S105 - the same for the agent
_WHOSE: Final[Mapping[str, str]] = {
    "platform": "the portal",
    "owner": "the owner of",
    "member": "the member",
    "colleague": "your colleague",
}
_DEFAULT_HOMES = {CLIENT_HOME: "client", AGENT_HOME: "agent", PLATFORM_HOME: "platform"}


@dataclass(slots=True)
class Session:
    """One run of the command line."""

    output: Output = field(default_factory=Output)
    _home: Path | None = None
    _passphrase: Secret | None = None
    _portals: list[PortalClient] = field(default_factory=list)

    def use_json(self) -> None:
        """From now on standard output is one JSON document."""
        self.output.is_json = True

    def use_home(self, path: str) -> None:
        """Take this folder as the role's home, before any variable."""
        self._home = Path(path)

    @property
    def is_home_given(self) -> bool:
        """Whether --home names the home of the role that speaks."""
        return self._home is not None

    def home_path(self, variable: str) -> Path:
        """--home, else the role's environment variable, else a folder under ~/.market."""
        if self._home is not None:
            return self._home
        if path := os.environ.get(variable):
            return Path(path)
        return self._default(variable)

    def agent_home_path(self, given: Path | None) -> Path:
        """An owner's commands speak for their client; their agent's home is named apart."""
        return given or Path(os.environ.get(AGENT_HOME) or self._default(AGENT_HOME))

    @staticmethod
    def _default(variable: str) -> Path:
        return Path.home() / ".market" / _DEFAULT_HOMES[variable]

    @property
    def client_home(self) -> ClientHome:
        return ClientHome(self.home_path(CLIENT_HOME), self.tell_first_sight)

    def tell_first_sight(self, kind: str, name: str, fingerprint: str) -> None:
        """Say that a key was taken on the portal's word, and what to compare."""
        whose = _WHOSE[kind]
        self.output.note(f"First sight of the key of {whose} {name}, on the portal's word alone:")
        for line in key_text(fingerprint).splitlines():
            self.output.note(line)
        self.output.note(
            f"  Have it read out to you by another channel, then: market pin {kind} {name}"
        )

    @property
    def account(self) -> Account:
        """Where the person is signed in (raises NotPermitted before login)."""
        return self.client_home.account()

    def money(self, cents: int) -> str:
        """An amount in the currency of the portal the person is signed in to."""
        return money(cents, self.account.currency)

    @property
    def keyring(self) -> Keyring:
        return Keyring(self.client_home, self.ask_passphrase)

    def portal(self) -> PortalClient:
        """The portal the person is signed in to (raises NotPermitted before login)."""
        account = self.account
        return self.connect(account.url, account.token)

    def connect(self, url: str, token: str) -> PortalClient:
        """A connection that ends with the command."""
        self._portals.append(PortalClient(url, token))
        return self._portals[-1]

    def close(self) -> None:
        """End the connections that the command opened."""
        while self._portals:
            self._portals.pop().close()

    def ask_passphrase(self) -> Secret:
        """The passphrase of the keys: from a file, or asked once."""
        if self._passphrase is None:
            self._passphrase = ask_passphrase("Passphrase of your keys", PASSPHRASE_FILE)
        return self._passphrase


def now() -> int:
    """Unix seconds."""
    return int(time.time())


def ask_passphrase(prompt: str, variable: str, *, confirm: bool = False) -> Secret:
    """A passphrase from the file a variable names, else typed (raises Refused)."""
    if path := os.environ.get(variable):
        return passphrase_of(read_line(Path(path)))
    return passphrase_of(_typed(prompt, confirm=confirm))


def new_passphrase(prompt: str, variable: str, *, wanted: bool) -> Secret | None:
    """A passphrase for new keys, if one is wanted or the variable names its file."""
    if wanted or os.environ.get(variable):
        return ask_passphrase(prompt, variable, confirm=True)
    return None


def ask_secret(prompt: str, *, confirm: bool = False) -> Secret:
    """A password typed at the terminal, or one line of standard input when it is none.

    Raises:
        Refused: `secret-missing` when nothing was given, `secret-unreadable`.
    """
    return secret_of(_typed(prompt, confirm=confirm))


def _typed(prompt: str, *, confirm: bool) -> str:
    if sys.stdin.isatty():
        text = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    else:
        text = sys.stdin.readline().rstrip("\r\n")
    if not text:
        raise Refused(
            "secret-missing",
            f"{prompt}: nothing was given.",
            "Type it at the terminal, or give one line on standard input.",
        )
    return str(text)


def ask_line(prompt: str) -> str:
    """A line typed at the terminal, or one line of standard input when it is none; may be empty."""
    if sys.stdin.isatty():
        return str(click.prompt(prompt, default="", show_default=False, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def read_secret_file(path: Path) -> Secret:
    """The first line of a file (raises Refused when it is empty or cannot be read)."""
    return Secret(read_line(path).encode())


def load_settings(session: Session) -> Settings:
    """The platform's settings, from its home and the environment."""
    return settings_module.load(session.home_path(PLATFORM_HOME), os.environ)


def report(session: Session, error: MarketError | CryptoError | OSError) -> None:
    """Write an error where the output's form wants it."""
    if isinstance(error, OSError):
        error = file_failure(error)
    if isinstance(error, CryptoError):
        error = _as_refusal(error)
    says = error.program_says
    session.output.error(error.code, error.message, error.next_action, program_says=says)


def _as_refusal(error: CryptoError) -> Refused:
    codes: tuple[tuple[type[CryptoError], str, str], ...] = (
        (KeyFileError, "key-file", "Give the passphrase or key file it was made with."),
        (SignatureError, "signature-invalid", "Do not use the document; ask its sender again."),
        (FormatError, "document-malformed", "Give the document as it was handed out."),
    )
    for kind, code, action in codes:
        if isinstance(error, kind):
            return Refused(code, f"{str(error)[:1].upper()}{str(error)[1:]}.", action)
    return Refused("value-refused", f"{error}.", "Correct the value.")


def confirm(session: Session, question: str, *, yes: bool) -> None:
    """Go on only after a yes at the terminal, or --yes.

    Raises:
        Refused: `not-confirmed`.
    """
    if yes:
        return
    if not sys.stdin.isatty() or session.output.is_json:
        raise Refused(
            "not-confirmed",
            f"{question} Nobody is at the terminal to answer.",
            "Look at what would be done; then give --yes.",
        )
    if not click.confirm(question, default=False, err=True):
        raise Refused("not-confirmed", "You said no.", "Nothing was done.")


pass_session: Callable[..., Any] = click.make_pass_decorator(Session, ensure=True)
