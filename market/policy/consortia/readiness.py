"""Whether a consortium takes questions: all have consented, none has left, every table is bound."""

from __future__ import annotations

from collections.abc import Sequence

from market.entities.consortium import Consortium
from market.errors import Refused
from market.plan.plural import plural
from market.records.agreement import Agreement


def ready_agreement(consortium: Consortium) -> Agreement:
    """The agreement of a consortium that takes questions.

    Raises:
        Refused: `consortium-not-ready`, with who has to do what.
    """
    agreement = consortium.agreement
    if consortium.state == "ended":
        left = ", ".join(one.record.organisation for one in consortium.departures)
        raise _not_ready(consortium, f"{left} left it", "Ask under the next agreement.")
    if agreement is None:
        missing = _have(consortium.open_seats)
        raise _not_ready(consortium, f"{missing} not joined", "Wait until they have.")
    if consortium.awaited_consents:
        missing = _have(consortium.awaited_consents)
        raise _not_ready(consortium, f"{missing} not consented", "Wait until they have.")
    if unbound := [member.organisation for member in consortium.unbound]:
        raise _not_ready(
            consortium, f"{_have(unbound)} bound no table", "They bind: market consortium bind."
        )
    return agreement


def _have(organisations: Sequence[str]) -> str:
    return f"{', '.join(organisations)} {plural(len(organisations), 'has', 'have')}"


def _not_ready(consortium: Consortium, reason: str, next_action: str) -> Refused:
    return Refused(
        "consortium-not-ready",
        f"Consortium {consortium.consortium} takes no questions: {reason}.",
        f"Nothing was spent. {next_action}",
    )
