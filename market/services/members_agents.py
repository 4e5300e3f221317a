"""Whether an agreement's agents are still their owners': an owner has one, and may replace it."""

from __future__ import annotations

from crypto.identity import PublicKey
from market.errors import Refused
from market.records.agreement import Agreement
from market.services.platform import Platform


def require_members_appointed(platform: Platform, agreement: Agreement) -> None:
    """That no member has appointed another agent than the one they joined with: whoever has the
    one before takes no share any more.

    Raises:
        Refused: `agent-not-appointed`.
    """
    for member in agreement.members:
        fingerprint = PublicKey.parse(member.owner_key).fingerprint()
        owner = platform.people.by_identity_fingerprint(fingerprint)
        kept = platform.appointments.of_owner(owner.user) if owner is not None else []
        # Nobody joins without an appointment, and none is ever taken back.
        if kept and kept[-1].record.agent != member.agent:
            raise Refused(
                "agent-not-appointed",
                f"{member.organisation} joined {agreement.proposal.consortium} with agent "
                f"{PublicKey.parse(member.agent).fingerprint()}, and has appointed another since.",
                "Nothing was spent. The members need a new agreement, which names that one: "
                "market consortium leave, then propose.",
            )
