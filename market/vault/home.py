"""The agent's directory: 0700, its files 0600, owned by the user who runs the agent.

agent.toml      portal address, token, the portal's public key, intervals
unlock          32 random bytes in hex which open the wrapped keys, unless a passphrase does
agent.key       Ed25519 key that signs envelopes, receipts and approvals (wrapped)
mask.key        X25519 key for masks agreed with other owners' agents (wrapped)
lineage.key     key under which privacy-unit ids are hashed (wrapped)
agent.db        ledger, nonces, receipts' chain, replies, tables and their people
agent.count     how many commits agent.db must have (market.vault.store.counter)
datasets/       market.vault.holdings
consortia/      market.vault.consortia
sessions/       keys of sessions that are under way (market.vault.sessions)
outgoing/       ciphertext on its way to the portal (market.owner.publish.publish)
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from crypto import keyfile
from crypto.errors import CryptoError
from crypto.identity import SigningKey
from crypto.pairwise_masks import MaskKey
from crypto.secret import Secret
from market.adapters.file_lock import is_held, sole_holder
from market.adapters.private_files import (
    make_private_directory,
    write_private,
    write_private_new,
    write_private_once,
)
from market.errors import Conflict, NotFound, Refused
from market.records.appointment import AgentKeys
from market.vault.settings import AgentSettings, read_settings, write_settings

Entropy = Callable[[int], bytes]


class AgentHome:
    """An agent's directory, opened: it has passed `check_private`."""

    def __init__(self, path: Path, unlock: Secret) -> None:
        self.path = path
        self.unlock = unlock
        self._opened: dict[Path, Secret] = {}

    @property
    def database_path(self) -> Path:
        """The store (market.vault.store)."""
        return self.path / "agent.db"

    @property
    def datasets_path(self) -> Path:
        """What is held of each dataset (market.vault.layout)."""
        return self.path / "datasets"

    @property
    def consortia_path(self) -> Path:
        """What is kept of each consortium (market.vault.consortia)."""
        return self.path / "consortia"

    @property
    def sessions_path(self) -> Path:
        """Keys of sessions that are under way (market.vault.sessions)."""
        return self.path / "sessions"

    @property
    def outgoing_path(self) -> Path:
        """Ciphertext on its way to the portal (market.owner.outgoing)."""
        return self.path / "outgoing"

    def settings(self) -> AgentSettings:
        """agent.toml as it is now.

        Raises:
            Refused: `settings-invalid` for anything it should not hold.
        """
        return read_settings(self.path / "agent.toml")

    def token(self) -> str:
        """The token that holds now: it may be renewed at any time (raises as `settings`)."""
        return self.settings().token

    def signing_key(self) -> SigningKey:
        """The agent's identity (raises as `read_secret`)."""
        return SigningKey.from_seed(self.read_secret(self.path / "agent.key", kind="agent"))

    def mask_key(self) -> MaskKey:
        """The key by which it agrees on masks with other owners' agents (raises as
        `read_secret`)."""
        return MaskKey(self.read_secret(self.path / "mask.key", kind="mask"))

    def public_keys(self) -> AgentKeys:
        """What others know it by (raises as `read_secret`)."""
        return AgentKeys(self.signing_key().public.hex, self.mask_key().public_hex)

    def lineage_key(self) -> Secret:
        """The key under which ids of privacy units are kept (raises as `read_secret`)."""
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
        """Keep a key in a file, wrapped under the unlock secret; `kind` is bound into it."""
        write_private(path, keyfile.wrap(secret, self.unlock, kind=kind))
        self._opened[path] = secret

    def write_new_secret(self, path: Path, secret: Secret, *, kind: str) -> None:
        """As `write_secret`, where there is none yet (raises FileExistsError)."""
        write_private_new(path, [keyfile.wrap(secret, self.unlock, kind=kind)])
        self._opened[path] = secret

    def forget_secret(self, path: Path) -> None:
        """Drop a key from memory: its file is gone, or about to be."""
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
        write_private_once(path / "unlock", entropy(32).hex().encode())
    else:
        # Of an earlier attempt: it would be taken for what opens the keys.
        (path / "unlock").unlink(missing_ok=True)
    home = AgentHome(path, passphrase or _read_unlock(path))
    write_settings(path / "agent.toml", settings)
    home.write_secret(path / "lineage.key", Secret(entropy(32)), kind="lineage")
    home.write_secret(path / "mask.key", Secret(entropy(32)), kind="mask")
    try:
        home.write_new_secret(path / "agent.key", SigningKey.generate().seed(), kind="agent")
    except FileExistsError as error:
        # Of two that set one up at once the first has done so, under the same key file.
        raise agent_exists(path) from error
    check_private(path)
    return home


def agent_exists(path: Path) -> Conflict:
    """What to say where a second agent would take a first one's place (`agent-exists`)."""
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


def is_worked_from(path: Path) -> bool:
    """Whether a process works from an agent's directory now, or makes it."""
    return is_held(path / "agent.lock")


def _read_unlock(path: Path) -> Secret:
    unlock = path / "unlock"
    if not unlock.exists():
        raise Refused(
            "agent-locked",
            "The agent's keys are under a passphrase.",
            "Start it at a terminal, or with MARKET_AGENT_PASSPHRASE_FILE.",
        )
    return Secret(unlock.read_bytes())
