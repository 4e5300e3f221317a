"""How the first organisation and its administrator are made, by a one-time link."""

from __future__ import annotations

from market.entities.people import Operator, Organisation, User
from market.policy.operation.passwords import refuse_weak_password
from market.services.audit_trail import Deed, audited
from market.services.authorize import require_administrator
from market.services.people.administer_people import check_organisation, check_user
from market.services.people.one_time_links import LINK_LIFETIME_SECONDS, dead_link, live_link
from market.services.platform import Platform


def make_setup_link(platform: Platform, by: Operator, *, now: int) -> str:
    """The link's secret, good for a day; it replaces an earlier one.

    Raises:
        Conflict: `administrator-exists`.
    """
    require_administrator(by)
    with audited(platform, by, Deed("setup-link-made"), now=now):
        return platform.people.make_link(None, now=now, lifetime_seconds=LINK_LIFETIME_SECONDS)


def require_setup_link(platform: Platform, secret: str, *, now: int) -> None:
    """That `set_up` would take this secret now (raises NotPermitted, `link-dead`)."""
    if live_link(platform, secret, now=now).user is not None:
        raise dead_link()


def set_up(
    platform: Platform,
    secret: str,
    *,
    organisation: Organisation,
    user: str,
    name: str,
    password: str,
    now: int,
) -> User:
    """Create the first organisation and its administrator, by the one-time link.

    Everything that can be refused is looked at before the link is used up.

    Raises:
        NotPermitted: `link-dead`.
        Refused: an id, name or password is not permitted.
    """
    first = User(user, organisation.organisation, name, ("administrator",), "", is_active=True)
    check_organisation(organisation)
    check_user(first)
    refuse_weak_password(user, password)
    # Whoever guesses at links leaves no entries.
    require_setup_link(platform, secret, now=now)
    with audited(platform, Operator(), Deed("set-up", user), now=now):
        if not platform.people.use_setup_link(secret, now=now):
            raise dead_link()
        platform.people.add_organisation(organisation)
        platform.people.add_user(first, password)
    return first
