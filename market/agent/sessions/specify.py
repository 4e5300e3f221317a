"""What a worker is told on its first line: this member's place in a sealed session."""

from __future__ import annotations

from crypto.errors import FormatError
from crypto.mpc.certificates import certificate_der
from crypto.mpc.specification import Address, Deadlines, Peer, Session
from crypto.secret import Secret
from market.agent.sessions.prepare import Prepared
from market.vault.home import AgentHome
from market.vault.settings import AgentSettings


def specify(home: AgentHome, prepared: Prepared, deadlines: Deadlines) -> Session:
    """What this member's worker is told, before any secret block of its member's.

    Raises:
        Refused: `settings-invalid`. FormatError: the documents make no session; `spoiler_of` says
            whose do not.
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
        blocks=0,
        program=prepared.program,
    )


def spoiler_of(prepared: Prepared) -> str:
    """The party (its key in hex) whose joining no worker can use; empty where none is by itself."""
    for party, join in prepared.session.joins.items():
        try:
            certificate_der(join.certificate)
            if join.address:
                Address.parse(join.address)
        except FormatError:
            return party
    return ""


def _listen(settings: AgentSettings, address: str) -> str:
    """Where the worker binds: the port it named to the others, at this machine's own address."""
    return f"{settings.session_host}:{address.rpartition(':')[2]}" if address else ""


def _relay(settings: AgentSettings, job: str) -> str:
    """The portal's relay for this job, as a WebSocket's address."""
    return f"ws{settings.url.removeprefix('http').rstrip('/')}/api/v1/sessions/{job}/relay"
