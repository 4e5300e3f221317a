"""Whose word and whose agent a command speaks for."""

from __future__ import annotations

from dataclasses import dataclass

from crypto.identity import SigningKey
from market.vault.home import AgentHome
from market.vault.store.opening import AgentStore


@dataclass(frozen=True, slots=True)
class Owner:
    """Who publishes or binds, and with which agent."""

    identity: SigningKey
    home: AgentHome
    store: AgentStore
