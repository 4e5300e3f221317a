"""What an owner's commands share: their identity, and the home of their agent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from crypto.secret import Secret
from market.cli.session import AGENT_PASSPHRASE_FILE, Session, ask_passphrase
from market.vault.home import AgentHome, open_home
from market.vault.store.opening import AgentStore, open_store

F = TypeVar("F", bound=Callable[..., object])


def agent_home_option(command: F) -> F:
    """--agent-home, for commands whose --home is the client's."""
    return click.option(
        "--agent-home",
        type=click.Path(path_type=Path),
        help="Home of your agent; else MARKET_AGENT_HOME.",
    )(command)


def open_agent_home(path: Path) -> AgentHome:
    """An agent's home, unlocked by its key file, a passphrase file, or a passphrase typed here.

    Raises:
        NotFound: no agent there. Refused: others can read it, or it does not unlock.
    """
    return open_home(path, passphrase=agent_passphrase(path))


def agent_passphrase(path: Path) -> Secret | None:
    """None while a key file unlocks the agent, or while there is no agent to unlock."""
    if (path / "unlock").exists() or not (path / "agent.key").exists():
        return None
    return ask_passphrase("Passphrase of the agent", AGENT_PASSPHRASE_FILE)


@contextmanager
def opened_agent(session: Session, given: Path | None) -> Iterator[tuple[AgentHome, AgentStore]]:
    """The owner's agent home and store, for one command."""
    home = open_agent_home(session.agent_home_path(given))
    store = open_store(home.database_path)
    try:
        yield home, store
    finally:
        store.close()
