"""A person chooses a new password: by the old one, or by a link that an administrator made."""

from __future__ import annotations

from market.entities.people import Operator, User
from market.errors import NotPermitted
from market.policy.operation.passwords import refuse_weak_password
from market.services.audit_trail import Deed, audited
from market.services.authorize import require_administrator
from market.services.people.one_time_links import LINK_LIFETIME_SECONDS, dead_link, live_link
from market.services.platform import Platform


def change_password(
    platform: Platform, user: User, old: str, new: str, *, network: str, now: int
) -> None:
    """Replace the password; sessions, Airflow and API tokens end, the one in use too.

    Raises:
        NotPermitted: `password-wrong`: the old one.
        Refused: `weak-password`, or `too-many-attempts`.
    """
    if platform.people.check_password(user.user, old, now=now, network=network) is None:
        raise NotPermitted("password-wrong", "The present password is wrong.", "Type it again.")
    platform.people.set_password(user.user, new)


def make_password_link(platform: Platform, by: User | Operator, user: str, *, now: int) -> str:
    """The secret of a link by which a user chooses a password; it replaces an earlier one.

    Nothing of theirs ends before it is used.

    Raises:
        NotPermitted: `by` is not an administrator. NotFound: `no-user`.
        Conflict: `user-kept-out`.
    """
    require_administrator(by)
    deed = Deed("password-link-made", platform.people.user(user).user)
    with audited(platform, by, deed, now=now):
        return platform.people.make_link(user, now=now, lifetime_seconds=LINK_LIFETIME_SECONDS)


def user_of_link(platform: Platform, secret: str, *, now: int) -> User:
    """Who may choose a password by this link (raises NotPermitted, `link-dead`)."""
    link = live_link(platform, secret, now=now)
    if link.user is None:
        raise dead_link()
    return platform.people.user(link.user)


def choose_password(
    platform: Platform, secret: str, password: str, *, network: str, now: int
) -> User:
    """Set the password of the link's user, and use the link up: sessions, Airflow and API tokens
    that the old one opened end.

    Raises:
        NotPermitted: `link-dead`. Refused: `weak-password`; the link stays live.
    """
    # Whoever guesses at links leaves no entries, and costs no hash.
    user = user_of_link(platform, secret, now=now)
    refuse_weak_password(user.user, password)
    with audited(platform, user, Deed("password-chosen", user.user), now=now):
        if not platform.people.use_link(secret, password, now=now, network=network):
            raise dead_link()
    return user
