"""A member leaves a consortium: its agreement has ended, and with it what waits under it."""

from __future__ import annotations

from market.entities.consortium import Consortium
from market.entities.job_states import UNAPPROVED
from market.entities.people import User
from market.errors import Conflict, MarketError, Refused
from market.records.agreement import Departure
from market.services.access.refresh_forms import refresh_forms
from market.services.authorize import require_owner, visible_consortium
from market.services.consortia.members_document import require_own_seat, signed_by
from market.services.jobs.end_job import end_with
from market.services.platform import Platform


def leave_consortium(
    platform: Platform, user: User, consortium: str, departure_text: str, *, now: int
) -> Consortium:
    """Keep a member's departure; the same one again ends what a crash left waiting.

    What all have approved is the members' own to finish: each agent knows who has left.

    Raises:
        NotPermitted: the user is not an owner with a registered key; `not-your-seat`.
        NotFound: `no-consortium`. Others: as `Consortia.add_departure`.
    """
    require_owner(user, "leave a consortium")
    found = visible_consortium(platform, user, consortium)
    signed = signed_by(user, Departure, departure_text)
    require_own_seat(user, signed.record.organisation)
    after = platform.consortia.add_departure(consortium, found.number, signed)
    for job in platform.jobs.of_datasets([consortium], UNAPPROVED):
        try:
            end_with(platform, job, _ended(after), now=now)
        except Conflict:
            # It moved on between reading and ending it: then the agents answer it.
            continue
    refresh_forms(platform, now=now)
    return after


def _ended(consortium: Consortium) -> MarketError:
    left = ", ".join(one.record.organisation for one in consortium.departures)
    return Refused(
        "agreement-ended",
        f"Agreement {consortium.number} of {consortium.consortium} has ended: {left} left it.",
        "Nothing was spent. Members propose the next one: market consortium propose.",
    )
