"""The agent's directory: 0700, its files 0600, owned by the user who runs the agent.

agent.toml      portal address, token, the portal's public key, intervals
unlock          32 random bytes in hex which open the wrapped keys, unless a passphrase does
agent.key       Ed25519 key that signs envelopes, receipts and approvals (wrapped)
lineage.key     key under which privacy-unit ids are hashed (wrapped)
agent.db        ledger, nonces, receipts' chain, replies, tables and their people
agent.count     how many commits agent.db must have (market.vault.store.counter)
datasets/       market.vault.holdings
outgoing/       ciphertext on its way to the portal (market.owner.publish)
"""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import tomllib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import MISSING, dataclass
from pathlib import Path

from crypto import keyfile
from crypto.errors import CryptoError
from crypto.identity import PublicKey, SigningKey
from crypto.secret import Secret
from market.adapters.file_lock import sole_holder
from market.adapters.private_files import make_private_directory, write_private
from market.errors import Conflict, NotFound, Refused

Entropy = Callable[[int], bytes]
_MAXIMUM_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The content of agent.toml.

    Attributes:
        url: the portal's address.
        token: an API token with the scope `agent`.
        platform_key: the portal's public key (hex), pinned when the agent was set up.
        poll_seconds: pause between two looks at the portal.
        slot_seconds: replies leave at multiples of this only, so that the time a reply took says
            nothing about data or noise.
        user: whom the token speaks for; empty when it was set up by hand.
        token_ends_at: when it ends, in Unix seconds, by the portal's word; 0 when unknown.
    """

    url: str
    token: str
    platform_key: str
    poll_seconds: int = 2
    slot_seconds: int = 10
    user: str = ""
    token_ends_at: int = 0

    def __post_init__(self) -> None:
        for name in ("poll_seconds", "slot_seconds"):
            if not 1 <= getattr(self, name) <= _MAXIMUM_SECONDS:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 1 to 3600")
        PublicKey.parse(self.platform_key)


class AgentHome:
    """An agent's directory, opened: it has passed `check_private`."""

    def __init__(self, path: Path, unlock: Secret) -> None:
        self.path = path
        self.unlock = unlock
        self._opened: dict[Path, Secret] = {}

    @property
    def database_path(self) -> Path:
        return self.path / "agent.db"

    @property
    def datasets_path(self) -> Path:
        return self.path / "datasets"

    @property
    def outgoing_path(self) -> Path:
        return self.path / "outgoing"

    def settings(self) -> AgentSettings:
        """Raises Refused (`settings-invalid`) for anything agent.toml should not hold."""
        return read_settings(self.path / "agent.toml")

    def token(self) -> str:
        """The token that holds now: it may be renewed at any time (raises as `settings`)."""
        return self.settings().token

    def signing_key(self) -> SigningKey:
        return SigningKey.from_seed(self.read_secret(self.path / "agent.key", kind="agent"))

    def lineage_key(self) -> Secret:
        return self.read_secret(self.path / "lineage.key", kind="lineage")

    def read_secret(self, path: Path, *, kind: str) -> Secret:
        """Open a wrapped key, once; later reads come from memory.

        Raises:
            NotFound: no such file.
            Refused: `key-locked` when the unlock key or passphrase does not open it.
        """
        if path not in self._opened:
            if not path.exists():
                raise NotFound(
                    "key-missing", f"There is no {path.name} here.", "Restore it from a backup."
                )
            try:
                self._opened[path] = keyfile.unwrap(path.read_bytes(), self.unlock, kind=kind)
            except CryptoError as error:
                raise Refused(
                    "key-locked",
                    f"{path.name} cannot be opened: {error}.",
                    "Give the passphrase or the unlock file it was made with.",
                ) from error
        return self._opened[path]

    def write_secret(self, path: Path, secret: Secret, *, kind: str) -> None:
        write_private(path, keyfile.wrap(secret, self.unlock, kind=kind))
        self._opened[path] = secret

    def forget_secret(self, path: Path) -> None:
        self._opened.pop(path, None)


def make_home(
    path: Path, settings: AgentSettings, *, entropy: Entropy, passphrase: Secret | None = None
) -> AgentHome:
    """Set an agent up in a new directory, or in one that was left before it was finished.

    The key that signs is written last: with it the directory is an agent's.

    Args:
        passphrase: what opens its keys; without one a key file `unlock` is written beside them.

    Raises:
        Conflict: there is an agent here already.
    """
    if (path / "agent.key").exists():
        raise agent_exists(path)
    make_private_directory(path)
    path.chmod(0o700)
    if passphrase is None:
        write_private(path / "unlock", entropy(32).hex().encode())
    else:
        # Of an earlier attempt: it would be taken for what opens the keys.
        (path / "unlock").unlink(missing_ok=True)
    home = AgentHome(path, passphrase or _read_unlock(path))
    write_settings(path / "agent.toml", settings)
    home.write_secret(path / "lineage.key", Secret(entropy(32)), kind="lineage")
    home.write_secret(path / "agent.key", SigningKey.generate().seed(), kind="agent")
    return open_home(path, passphrase=passphrase)


def agent_exists(path: Path) -> Conflict:
    return Conflict(
        "agent-exists",
        f"{path} holds an agent already.",
        "Use it. It needs a new token: market agent login. Another agent needs another --home.",
    )


def open_home(path: Path, *, passphrase: Secret | None = None) -> AgentHome:
    """Open an agent's directory.

    Raises:
        NotFound: no agent here.
        Refused: `home-not-private` when another user could read or write it.
    """
    if not (path / "agent.key").exists():
        raise NotFound("no-agent", f"There is no agent in {path}.", "Run `market agent init`.")
    check_private(path)
    return AgentHome(path, passphrase or _read_unlock(path))


def check_private(path: Path) -> None:
    """That a directory and all in it belong to this user alone.

    Raises:
        Refused: `home-not-private`, naming the first path and its mode or owner.
    """
    for found in (path, *sorted(path.rglob("*"))):
        try:
            state = found.lstat()
        except FileNotFoundError:
            # A file being replaced by its next content.
            continue
        permitted = stat.S_ISDIR(state.st_mode) or stat.S_ISREG(state.st_mode)
        if not permitted or state.st_uid != os.geteuid() or state.st_mode & 0o077:
            raise Refused(
                "home-not-private",
                f"{found} has mode {stat.S_IMODE(state.st_mode):04o} and owner {state.st_uid}; "
                f"directories 0700, files 0600 and owner {os.geteuid()} are expected.",
                f"If nobody has read it: chmod -R go= {path}. Else replace the keys.",
            )


def sole_agent(path: Path) -> AbstractContextManager[None]:
    """Hold an agent's directory for one process that works from it, or makes it.

    Raises:
        Conflict: `agent-running`: another process holds it.
    """
    return sole_holder(
        path / "agent.lock",
        Conflict(
            "agent-running",
            f"Another process works from {path}.",
            "Stop it first: one directory has one agent.",
        ),
    )


def read_settings(path: Path) -> AgentSettings:
    """Parse agent.toml strictly (raises Refused, code `settings-invalid`)."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _invalid(f"agent.toml cannot be read: {error}") from error
    fields = {field.name: field for field in dataclasses.fields(AgentSettings)}
    for key, value in values.items():
        if key not in fields:
            raise _invalid(f"{key} is not a setting; known are {', '.join(sorted(fields))}")
        expected = type(fields[key].default) if fields[key].default is not MISSING else str
        if type(value) is not expected:
            raise _invalid(f"{key} is {type(value).__name__}, expected {expected.__name__}")
    try:
        return AgentSettings(**values)
    except (TypeError, ValueError, CryptoError) as error:
        raise _invalid(str(error)) from error


def write_settings(path: Path, settings: AgentSettings) -> None:
    lines = [
        f"{field.name} = {json.dumps(getattr(settings, field.name))}\n"
        for field in dataclasses.fields(settings)
    ]
    write_private(path, "".join(lines).encode())


def _read_unlock(path: Path) -> Secret:
    unlock = path / "unlock"
    if not unlock.exists():
        raise Refused(
            "agent-locked",
            "The agent's keys are under a passphrase.",
            "Start it at a terminal, or with MARKET_AGENT_PASSPHRASE_FILE.",
        )
    return Secret(unlock.read_bytes())


def _invalid(message: str) -> Refused:
    return Refused("settings-invalid", f"{message}.", "Correct agent.toml.")
