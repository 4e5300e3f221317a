"""Which key agent an owner has appointed: one at a time, by their own numbered word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from crypto.identity import PublicKey


@dataclass(frozen=True, slots=True)
class AgentAppointment:
    """Signed by the owner; `agent` is the agent's public key in hex.

    `number` counts an owner's appointments from 1: the highest counts, and each is there for
    everybody to see, since a second agent is a second ledger.
    """

    TAG: ClassVar[str] = "market/agent-appointment/1"

    agent: str
    number: int
    issued_at: int

    def __post_init__(self) -> None:
        PublicKey.parse(self.agent)
        if self.number < 1:
            raise ValueError(f"number is {self.number}, expected 1 or more")
