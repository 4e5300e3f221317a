"""What a worker is told on its first line: this member's place in a sealed session."""

from __future__ import annotations

from crypto.mpc.specification import Deadlines, Peer, Session
from crypto.secret import Secret
from market.agent.sessions.prepare import Prepared
from market.vault.home import AgentHome
from market.vault.settings import AgentSettings


def specify(home: AgentHome, prepared: Prepared, blocks: int, deadlines: Deadlines) -> Session:
    """What this member's worker is told; `blocks` secret ones follow.

    Raises:
        Refused: `settings-invalid`. FormatError: the documents make no session.
    """
    agreement, joins = prepared.question.holding.agreement, prepared.session.joins
    settings = home.settings()
    own = joins[prepared.question.holding.agent]
    return Session(
        seal=prepared.session.seal,
        point=agreement.point_of(own.party),
        threshold=agreement.proposal.threshold,
        is_verified=prepared.is_verified,
        key=prepared.identity.key,
        peers=tuple(
            Peer(point, joins[party].certificate, joins[party].address)
            for point, party in enumerate(agreement.parties, start=1)
        ),
        listen=_listen(settings, own.address),
        relay=_relay(settings, prepared.job),
        relay_bearer=Secret(settings.token.encode()),
        deadlines=deadlines,
        blocks=blocks,
        program=prepared.program,
    )


def _listen(settings: AgentSettings, address: str) -> str:
    """Where the worker binds: the port it named to the others, at this machine's own address."""
    return f"{settings.session_host}:{address.rpartition(':')[2]}" if address else ""


def _relay(settings: AgentSettings, job: str) -> str:
    """The portal's relay for this job, as a WebSocket's address."""
    return f"ws{settings.url.removeprefix('http').rstrip('/')}/api/v1/sessions/{job}/relay"
