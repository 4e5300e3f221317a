"""An agent's joining of one session: the certificate its worker will come with, and where."""

from __future__ import annotations

from crypto.identity import SigningKey
from market.judgement.question import QuestionInHand
from market.records.session import SessionJoin
from market.records.signed import Signed, sign_record
from market.vault.home import AgentHome, Entropy
from market.vault.membership import Membership
from market.vault.sessions import identity_for


def make_join(
    home: AgentHome,
    question: QuestionInHand[Membership],
    *,
    now: int,
    entropy: Entropy,
) -> Signed[SessionJoin]:
    """A joining of this question's session, whose key is kept, for as long as its request holds.

    Raises:
        Refused: `settings-invalid`.
    """
    request, membership = question.request, question.holding
    until = request.expires_at
    identity = identity_for(home, question.request_hash, now=now, until=until, entropy=entropy)
    key: SigningKey = home.signing_key()
    return sign_record(
        key,
        SessionJoin(
            job=request.job,
            party=membership.agent,
            agreement_hash=membership.agreement_hash,
            request_hash=question.request_hash,
            certificate=identity.certificate,
            address=_address(home, membership, entropy),
            created_at=now,
            expires_at=until,
        ),
    )


def _address(home: AgentHome, membership: Membership, entropy: Entropy) -> str:
    """Where other members reach this agent's worker; empty: by the relay alone."""
    ports = home.settings().session_ports
    host = membership.member.address
    if not host or not ports:
        return ""
    # Any of them: two sessions of one agent rarely meet, and one whose port is taken is aborted.
    return f"{host}:{ports[int.from_bytes(entropy(4), 'big') % len(ports)]}"
