"""One running agent: its home, its store, its portal, and what it remembers between rounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from crypto.mpc.specification import Deadlines
from market.agent.failures import Failures
from market.agent.pauses import Pauses, Revision
from market.agent.sessions.desk import SessionDesk
from market.client.http.api import PortalClient
from market.judgement.question import Work
from market.vault.home import AgentHome, Entropy
from market.vault.revision import VerifiedHoldings, holding_revision
from market.vault.store.opening import AgentStore

DEADLINES: Final = Deadlines(connect_seconds=120, idle_seconds=60, total_seconds=3_600)
"""For agents that look at the portal every few seconds: whoever is not there by then is away."""


@dataclass(slots=True)
class Pulse:
    """When the agent last came to the end of a look at the portal (unix seconds); 0 before."""

    beat_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Agent:
    """One running agent.

    Attributes:
        failures: what was told already. pulse: that it works.
        pauses: the lines of work that need no second look yet.
        holdings: what the owner signed, as long as it is the same.
        sessions: those under way with other members of a consortium; `deadlines`: theirs, the same
            at every member's agent.
    """

    home: AgentHome
    store: AgentStore
    portal: PortalClient
    entropy: Entropy
    failures: Failures = field(default_factory=Failures)
    pauses: Pauses = field(default_factory=Pauses)
    holdings: VerifiedHoldings = field(default_factory=VerifiedHoldings)
    sessions: SessionDesk = field(default_factory=SessionDesk)
    deadlines: Deadlines = DEADLINES
    pulse: Pulse = field(default_factory=Pulse)

    def revision(self, work: Work) -> Revision:
        """What a job is judged by, as it is now."""
        holdings = tuple(holding_revision(self.home, own.dataset) for own in work.own)
        return Revision(holdings, self.store.revision.now())
