"""Make an agent: its store, then its keys. What was ended half-way is finished by the next try."""

from __future__ import annotations

from pathlib import Path

from crypto.secret import Secret
from market.adapters.private_files import make_private_directory
from market.vault.home import AgentHome, Entropy, make_home, sole_agent
from market.vault.settings import AgentSettings
from market.vault.store.opening import create_store


def set_up_agent(
    path: Path,
    settings: AgentSettings,
    *,
    entropy: Entropy,
    passphrase: Secret | None,
    is_first: bool,
) -> AgentHome:
    """A new agent's home (`make_home`) and store (`create_store`).

    The key by which a directory is an agent's is written last of all.

    Raises:
        Conflict: there is an agent here already, or another process makes one.
    """
    make_private_directory(path)
    with sole_agent(path):
        create_store(path / "agent.db", is_first=is_first).close()
        return make_home(path, settings, entropy=entropy, passphrase=passphrase)
