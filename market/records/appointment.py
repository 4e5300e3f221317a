"""Which key agent an owner has appointed: one at a time, by their own numbered word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from crypto.identity import PublicKey
from market.records.members import check_hash


@dataclass(frozen=True, slots=True)
class AgentKeys:
    """Public keys of an agent, in hex: it signs with the one (Ed25519), and agrees on masks with
    other owners' agents by the other (X25519; crypto.pairwise_masks)."""

    agent: str
    mask_key: str

    def __post_init__(self) -> None:
        PublicKey.parse(self.agent)
        check_hash("mask_key", self.mask_key)


@dataclass(frozen=True, slots=True)
class AgentAppointment:
    """Signed by the owner: their agent, by its keys.

    `number` counts an owner's appointments from 1: the highest counts, and each is there for
    everybody to see, since a second agent is a second ledger.
    """

    TAG: ClassVar[str] = "market/agent-appointment/2"

    keys: AgentKeys
    number: int
    issued_at: int

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError(f"number is {self.number}, expected 1 or more")

    @property
    def agent(self) -> str:
        """The key (hex) that signs."""
        return self.keys.agent
