"""What a worker is told on its first line: this member's place in a sealed session.

Where members meet who accept no connection is the platform's word, signed by nobody: a relay sees
ciphertext, and whoever forwards everything could cut the line anyway. The agent's token goes there,
so an address is not taken that is read on the way when the portal's own is not.
"""

from __future__ import annotations

import re
from typing import Final

from crypto.errors import FormatError
from crypto.mpc.certificates import certificate_der
from crypto.mpc.specification import Address, Deadlines, Peer, Session
from crypto.secret import Secret
from market.agent.sessions.prepare import Prepared
from market.errors import Refused
from market.judgement.question import Work
from market.vault.home import AgentHome
from market.vault.settings import AgentSettings

_RELAY: Final = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class UnusableRelay(Refused):
    """The platform names a relay that this agent does not go to."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            "relay-address",
            f"The platform names {address!r:.200} as its relay: {reason}.",
            "Nothing was spent. Its operator corrects relay_public_url; then submit again.",
        )


def specify(home: AgentHome, prepared: Prepared, deadlines: Deadlines) -> Session:
    """What this member's worker is told, before any secret block of its member's.

    Raises:
        UnusableRelay: `relay-address`. Refused: `settings-invalid`. FormatError: the documents make
            no session; `spoiler_of` says whose do not.
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
        relay=relay_of(settings, prepared.question.work),
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


def relay_of(settings: AgentSettings, work: Work) -> str:
    """Where this job's links meet, as a WebSocket's address: at the relay that the platform names,
    else at the portal.

    Raises:
        UnusableRelay: it is no plain address, or would send the token in the clear.
    """
    base = work.relay or settings.url.rstrip("/")
    if work.relay and not _RELAY.fullmatch(base):
        raise UnusableRelay(base, "expected http:// or https://, a host, maybe a port")
    if settings.url.startswith("https:") and not base.startswith("https:"):
        raise UnusableRelay(base, "the portal is reached by https, and this is not")
    return f"ws{base.removeprefix('http')}/api/v1/sessions/{work.job}/relay"
