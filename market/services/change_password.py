"""A person changes their own password."""

from __future__ import annotations

from market.entities.people import User
from market.errors import NotPermitted
from market.services.platform import Platform


def change_password(platform: Platform, user: User, old: str, new: str, *, now: int) -> None:
    """Replace the password; sessions, Airflow and API tokens end, the one in use too.

    Raises:
        NotPermitted: `password-wrong`: the old one.
        Refused: `weak-password`, or `too-many-attempts`.
    """
    if platform.people.check_password(user.user, old, now=now) is None:
        raise NotPermitted("password-wrong", "The present password is wrong.", "Type it again.")
    platform.people.set_password(user.user, new)
