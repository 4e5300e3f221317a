"""What organisations may take of the platform, what they take, and who changes the former."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from market.entities.limits import DAY_SECONDS, JobsTaken, LimitName, Limits
from market.entities.people import Operator, Organisation, User
from market.policy.operation.limits import check_limit, in_force
from market.services.audit_trail import Deed, audited
from market.services.authorize import require_administrator
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class Share:
    """One organisation's share of the platform.

    Attributes:
        most: what it may have, `own` of which (by name) were set for it alone; `everybodys` is
            what others may.
        jobs: under way, and submitted within 24 hours.
    """

    organisation: Organisation
    most: Limits
    own: tuple[LimitName, ...]
    everybodys: Limits
    jobs: JobsTaken
    stored_bytes: int


def limits_of(platform: Platform, organisation: str) -> Limits:
    """What an organisation may have."""
    return in_force(platform.limits, platform.own_limits.of(organisation))


def stored_bytes(platform: Platform, organisation: str) -> int:
    """What the manifests of an organisation's datasets name, all versions together that are not
    deleted, and what was announced and is not published."""
    owners = {user.user for user in platform.people.users() if user.organisation == organisation}
    published = sum(one.stored_bytes for one in platform.catalogue.stored() if one.owner in owners)
    return published + platform.uploads.announced_bytes(organisation)


def read_own_share(platform: Platform, user: User, *, now: int) -> Share:
    """The share of the user's own organisation."""
    return _share(platform, user.organisation, now=now)


def read_share(platform: Platform, by: User | Operator, organisation: str, *, now: int) -> Share:
    """An organisation's share (raises NotPermitted, NotFound)."""
    require_administrator(by)
    return _share(platform, organisation, now=now)


def set_limits(
    platform: Platform,
    by: User | Operator,
    organisation: str,
    limits: Mapping[str, int | None],
    *,
    now: int,
) -> None:
    """Set limits of an organisation by name; None gives it everybody's again.

    Each that changes is an act of its own in the trail.

    Raises:
        NotPermitted. NotFound: no such organisation. Refused: `limit-unknown`; none is set.
    """
    require_administrator(by)
    asked = {check_limit(name, most): most for name, most in limits.items()}
    known = platform.people.organisation(organisation).organisation
    for name, most in asked.items():
        before = platform.own_limits.of(known).get(name)
        if most != before:
            deed = Deed("limit-set", known, _told(name, before), _told(name, most))
            with audited(platform, by, deed, now=now):
                platform.own_limits.put(known, name, most)


def _told(name: LimitName, most: int | None) -> str:
    return f"{name} {'as everybody' if most is None else most}"


def _share(platform: Platform, organisation: str, *, now: int) -> Share:
    known = platform.people.organisation(organisation)
    own = platform.own_limits.of(organisation)
    return Share(
        known,
        in_force(platform.limits, own),
        tuple(own),
        platform.limits,
        platform.jobs.taken(organisation, since=now - DAY_SECONDS),
        stored_bytes(platform, organisation),
    )
