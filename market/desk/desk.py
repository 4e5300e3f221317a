"""What the pages of a desk work with: the person's homes, their keys, the portal.

Passphrases are asked for by a page, checked, and kept in this process until it ends or is locked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crypto.errors import KeyFileError
from crypto.identity import PublicKey
from crypto.keyfile import unwrap
from crypto.secret import Secret
from market.client.http.api import PortalClient
from market.client.kept.home import Account, ClientHome
from market.client.kept.keys import Keyring
from market.client.kept.pins import Kind, key_malformed, pin_compared
from market.desk.agent_process import AgentProcess
from market.desk.buyers_work import BuyersWork
from market.desk.reports import Reported
from market.desk.undertakings import Undertakings
from market.errors import NotPermitted, Refused
from market.owner.owner import Owner
from market.records.fingerprint_words import fingerprint_of
from market.vault.home import AgentHome, open_home
from market.vault.store.opening import AgentStore, open_store


@dataclass(frozen=True, slots=True)
class FirstSight:
    """A key that was taken on the portal's word alone, since nobody had compared it."""

    kind: str
    name: str
    fingerprint: str


class Locked(Refused):
    """Keys that a passphrase opens, which was not typed yet. `whose` is `client` or `agent`."""

    def __init__(self, whose: str) -> None:
        self.whose = whose
        keys = "your keys" if whose == "client" else "your agent's keys"
        super().__init__(
            "keys-locked", f"A passphrase opens {keys}.", "Type it on the page Unlock."
        )


class Desk:
    """One person at their own machine.

    Args:
        client_path: the client's home.
        agent_path: the home of their agent, which need not exist.
        clock: Unix seconds.
    """

    def __init__(
        self,
        client_path: Path,
        agent_path: Path,
        *,
        clock: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        self.client = ClientHome(client_path, self._note_first_sight)
        self.agent_path = agent_path
        self.clock = clock
        self.undertakings = Undertakings()
        self.buyers = BuyersWork()
        self.agent_process = AgentProcess(agent_path)
        self.reports: dict[str, Reported] = {}
        self.caught_up: list[str] = []
        self.first_sights: list[FirstSight] = []
        self._passphrases: dict[str, Secret] = {}
        self._portals: dict[tuple[str, str], PortalClient] = {}

    def _note_first_sight(self, kind: str, name: str, fingerprint: str) -> None:
        self.first_sights.append(FirstSight(kind, name, fingerprint))

    def compare(self, kind: Kind, name: str, words: str) -> None:
        """Pin a key by the words that somebody read out.

        Raises:
            Refused: `key-malformed`. Conflict: `pinned-otherwise`.
        """
        try:
            fingerprint = fingerprint_of(words)
        except ValueError as error:
            raise key_malformed(error, kind) from error
        pin_compared(self.client, kind, name, fingerprint, may_replace=False)
        seen = FirstSight(kind, name, fingerprint)
        self.first_sights[:] = [one for one in self.first_sights if one != seen]

    def account(self) -> Account | None:
        """Where the person is signed in; None before that, and where what was kept of it is
        damaged: signing in writes it anew."""
        try:
            return self.client.account()
        except (NotPermitted, Refused):
            return None

    def portal(self) -> PortalClient:
        """The portal the person is signed in to (raises NotPermitted: `not-signed-in`)."""
        account = self.client.account()
        where = (account.url, account.token)
        if where not in self._portals:
            self._portals[where] = PortalClient(*where)
        return self._portals[where]

    @property
    def keyring(self) -> Keyring:
        """The person's keys; opening one raises Locked where a passphrase is missing."""
        return Keyring(self.client, lambda: self._passphrase("client"))

    @property
    def has_identity(self) -> bool:
        return self.client.identity_path.exists()

    @property
    def has_agent(self) -> bool:
        return (self.agent_path / "agent.key").exists()

    def is_locked(self, whose: str) -> bool:
        """Whether keys are there that wait for a passphrase."""
        home = self.client.path if whose == "client" else self.agent_path
        has_keys = self.has_identity if whose == "client" else self.has_agent
        return has_keys and not (home / "unlock").exists() and whose not in self._passphrases

    def public_key(self) -> PublicKey | None:
        """The person's public key; None before they have one (raises Locked)."""
        return self.keyring.identity().public if self.has_identity else None

    def unlock(self, whose: str, passphrase: Secret) -> None:
        """Keep a passphrase that opens the keys.

        Raises:
            Refused: `passphrase-wrong`.
        """
        is_client = whose == "client"
        path = self.client.identity_path if is_client else self.agent_path / "agent.key"
        try:
            unwrap(path.read_bytes(), passphrase, kind="identity" if is_client else "agent")
        except KeyFileError as error:
            raise Refused(
                "passphrase-wrong", "This passphrase does not open the keys.", "Type it again."
            ) from error
        self._passphrases[whose] = passphrase

    def lock(self) -> None:
        """Forget the passphrases."""
        self._passphrases.clear()

    def agent_passphrase(self) -> Secret | None:
        """What opens the agent's keys; None where a key file does (raises Locked)."""
        with_passphrase = self.has_agent and not (self.agent_path / "unlock").exists()
        return self._passphrase("agent") if with_passphrase else None

    @contextmanager
    def agent(self) -> Iterator[tuple[AgentHome, AgentStore]]:
        """The person's agent: its home and its store.

        Raises:
            Locked. NotFound: there is no agent. Refused: others can read its home.
        """
        home = open_home(self.agent_path, passphrase=self.agent_passphrase())
        store = open_store(home.database_path)
        try:
            yield home, store
        finally:
            store.close()

    @contextmanager
    def owner(self) -> Iterator[Owner]:
        """Whose word an owner's work speaks for (raises as `agent` and `Keyring.identity`)."""
        with self.agent() as (home, store):
            yield Owner(self.keyring.identity(), home, store)

    def _passphrase(self, whose: str) -> Secret:
        if whose not in self._passphrases:
            raise Locked(whose)
        return self._passphrases[whose]

    def close(self) -> None:
        """End the work, the agent that was started here, and the connections."""
        self.undertakings.close()
        self.agent_process.end()
        while self._portals:
            self._portals.popitem()[1].close()
