"""What an administrator does: organisations, users, roles, passwords.

The first administrator comes in by the one-time setup link; every later step is another
administrator's. The people port keeps the last one from locking themselves out.
"""

from __future__ import annotations

import base64
import re

from market.entities.people import Organisation, Role, User
from market.errors import NotPermitted, Refused
from market.policy.passwords import refuse_weak_password
from market.policy.texts import refuse_unreadable
from market.services.platform import Platform
from market.services.refresh_forms import refresh_forms

ROLES: tuple[Role, ...] = ("administrator", "owner", "buyer")

_ORGANISATION_ID = re.compile(r"[a-z][a-z0-9-]{1,39}")
_USER_ID = re.compile(r"[a-z][a-z0-9._-]{1,59}")
_MAXIMUM_NAME_CHARACTERS = 100


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
        NotPermitted: `setup-link-dead`.
        Refused: an id, name or password is not permitted.
    """
    first = User(user, organisation.organisation, name, ("administrator",), "", is_active=True)
    check_organisation(organisation)
    check_user(first)
    refuse_weak_password(user, password)
    if not platform.people.use_setup_link(secret, now=now):
        raise NotPermitted(
            "setup-link-dead",
            "This setup link was used, has expired, or was never made.",
            "Make another on the portal's machine: market admin setup-link.",
        )
    platform.people.add_organisation(organisation)
    platform.people.add_user(first, password)
    return first


def add_organisation(platform: Platform, by: User, organisation: Organisation) -> None:
    """Raises NotPermitted, Refused for a malformed id or name, Conflict under another name."""
    _require_administrator(by)
    check_organisation(organisation)
    platform.people.add_organisation(organisation)


def add_user(platform: Platform, by: User, user: User, password: str, *, now: int) -> None:
    """Raises NotPermitted, Refused, NotFound (organisation) or Conflict (the user exists)."""
    _require_administrator(by)
    check_user(user)
    platform.people.add_user(user, password)
    refresh_forms(platform, now=now)


def set_roles(
    platform: Platform, by: User, user: str, roles: tuple[Role, ...], *, now: int
) -> None:
    """Raises NotPermitted, NotFound, or Conflict `last-administrator`."""
    _require_administrator(by)
    _check_roles(roles)
    platform.people.set_roles(user, roles)
    refresh_forms(platform, now=now)


def set_active(platform: Platform, by: User, user: str, *, is_active: bool, now: int) -> None:
    """Let a user in, or keep them out: sessions, Airflow and API tokens then end for good.

    Raises:
        NotPermitted, NotFound, or Conflict `last-administrator`.
    """
    _require_administrator(by)
    platform.people.set_active(user, is_active)
    refresh_forms(platform, now=now)


def reset_password(platform: Platform, by: User, user: str) -> str:
    """A new password for a user, shown once; sessions, Airflow and API tokens end.

    Raises:
        NotPermitted: `by` is no administrator. NotFound: no such user.
    """
    _require_administrator(by)
    password = fresh_password(platform)
    platform.people.set_password(user, password)
    return password


def change_password(platform: Platform, user: User, old: str, new: str, *, now: int) -> None:
    """A user's own change; sessions, Airflow and API tokens end, this one too.

    Raises:
        NotPermitted: the old password is wrong. Refused: the new one is weak, or too many tries.
    """
    if platform.people.check_password(user.user, old, now=now) is None:
        raise NotPermitted("password-wrong", "The present password is wrong.", "Type it again.")
    platform.people.set_password(user.user, new)


def fresh_password(platform: Platform) -> str:
    """Eighty random bits in groups of four letters and digits."""
    text = base64.b32encode(platform.entropy(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def check_organisation(organisation: Organisation) -> None:
    """Raises Refused for an id that cannot name a DAG, or a name nobody could read."""
    if not _ORGANISATION_ID.fullmatch(organisation.organisation):
        raise _malformed(
            f"Organisation id {organisation.organisation[:50]!r}: expected 2 to 40 of a-z, 0-9 "
            "and hyphens, beginning with a letter"
        )
    _check_name(organisation.name)


def check_user(user: User) -> None:
    """Raises Refused for a malformed id, name or set of roles."""
    if not _USER_ID.fullmatch(user.user):
        raise _malformed(
            f"User id {user.user[:70]!r}: expected 2 to 60 of a-z, 0-9, dots, hyphens and "
            "underscores, beginning with a letter"
        )
    _check_name(user.name)
    _check_roles(user.roles)


def _check_name(name: str) -> None:
    refuse_unreadable("name", name)
    if not 1 <= len(name.strip()) <= _MAXIMUM_NAME_CHARACTERS:
        raise _malformed(
            f"The name has {len(name)} characters, expected 1 to {_MAXIMUM_NAME_CHARACTERS}"
        )


def _check_roles(roles: tuple[Role, ...]) -> None:
    if not roles or len(set(roles)) != len(roles) or set(roles) - set(ROLES):
        raise _malformed(f"Roles are {', '.join(roles) or 'none'}, expected some of {ROLES}")


def _require_administrator(by: User) -> None:
    if "administrator" not in by.roles:
        raise NotPermitted(
            "role-missing",
            f"User {by.user} has the roles {', '.join(by.roles)}; administrator is needed.",
            "Ask the administrator of the portal.",
        )


def _malformed(message: str) -> Refused:
    return Refused("form-malformed", f"{message}.", "Correct it and send it again.")
