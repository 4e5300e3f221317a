"""What an administrator does: organisations, users, roles, passwords.

The first administrator comes in by the one-time setup link (set_up); every later step is another
administrator's, or an operator's at the platform's own machine. The people port keeps the last one
from locking themselves out.
"""

from __future__ import annotations

import base64
import re

from market.entities.people import Operator, Organisation, Role, User
from market.errors import Refused
from market.policy.texts import refuse_unreadable
from market.services.access.refresh_forms import refresh_forms
from market.services.audit_trail import Deed, audited
from market.services.authorize import require_administrator
from market.services.platform import Platform

Administering = User | Operator

ROLES: tuple[Role, ...] = ("administrator", "owner", "buyer")

_ORGANISATION_ID = re.compile(r"[a-z][a-z0-9-]{1,39}")
_USER_ID = re.compile(r"[a-z][a-z0-9._-]{1,59}")
_MAXIMUM_NAME_CHARACTERS = 100
_UNKNOWN_BYTES = 40


def list_organisations(platform: Platform, by: Administering) -> list[Organisation]:
    """All organisations, by id (raises NotPermitted)."""
    require_administrator(by)
    return platform.people.organisations()


def list_users(platform: Platform, by: Administering) -> list[User]:
    """All users, inactive ones too, by id (raises NotPermitted)."""
    require_administrator(by)
    return platform.people.users()


def has_administrator(platform: Platform, by: Administering) -> bool:
    """Whether anybody, active or not, is an administrator (raises NotPermitted)."""
    return any("administrator" in user.roles for user in list_users(platform, by))


def read_user(platform: Platform, by: Administering, user: str) -> User:
    """One user (raises NotPermitted, NotFound)."""
    require_administrator(by)
    return platform.people.user(user)


def add_organisation(
    platform: Platform, by: Administering, organisation: Organisation, *, now: int
) -> None:
    """Add an organisation; the same again changes nothing.

    Raises:
        NotPermitted. Refused: a malformed id or name. Conflict: it has another name.
    """
    require_administrator(by)
    check_organisation(organisation)
    deed = Deed("organisation-added", organisation.organisation)
    with audited(platform, by, deed, now=now):
        platform.people.add_organisation(organisation)
    refresh_forms(platform, now=now)


def add_user(
    platform: Platform, by: Administering, user: User, password: str | None, *, now: int
) -> None:
    """Add a user with all that `user` says.

    Args:
        password: None: one that nobody knows, so that a link lets them in (choose_password).

    Raises:
        NotPermitted. Refused: a malformed id, name or role, or a weak password.
        NotFound: no such organisation. Conflict: the user exists.
    """
    require_administrator(by)
    check_user(user)
    given = " ".join((user.organisation, *user.roles))
    if password is None:
        password = base64.b32encode(platform.entropy(_UNKNOWN_BYTES)).decode()
    with audited(platform, by, Deed("user-added", user.user, after=given), now=now):
        platform.people.add_user(user, password)
    refresh_forms(platform, now=now)


def set_roles(
    platform: Platform, by: Administering, user: str, roles: tuple[Role, ...], *, now: int
) -> None:
    """Give a user these roles and no others (raises NotPermitted, NotFound, Refused, or Conflict
    `last-administrator`)."""
    require_administrator(by)
    _check_roles(roles)
    before = " ".join(platform.people.user(user).roles)
    deed = Deed("roles-set", user, before, " ".join(roles))
    with audited(platform, by, deed, now=now):
        platform.people.set_roles(user, roles)
    refresh_forms(platform, now=now)


def set_active(
    platform: Platform, by: Administering, user: str, *, is_active: bool, now: int
) -> None:
    """Let a user in, or keep them out: sessions, Airflow and API tokens then end for good.

    Raises:
        NotPermitted, NotFound, or Conflict `last-administrator`.
    """
    require_administrator(by)
    deed = Deed("activated" if is_active else "deactivated", platform.people.user(user).user)
    with audited(platform, by, deed, now=now):
        platform.people.set_active(user, is_active)
    refresh_forms(platform, now=now)


def remove_user(platform: Platform, by: Administering, user: str, *, now: int) -> User:
    """Remove a person, for good; sessions, Airflow and API tokens end at once.

    What they signed, were answered and did stays, under their id and a number (decision 0008).

    Raises:
        NotPermitted. NotFound: no such user. Conflict: `last-administrator`, `user-removed`.
    """
    require_administrator(by)
    before = " ".join(platform.people.user(user).roles)
    with audited(platform, by, Deed("user-removed", user, before), now=now):
        removed = platform.people.remove_user(user)
    refresh_forms(platform, now=now)
    return removed


def set_password(
    platform: Platform, by: Administering, user: str, password: str, *, now: int
) -> None:
    """Give a user a password that somebody chose; sessions, Airflow and API tokens end.

    Raises:
        NotPermitted. NotFound: no such user. Refused: `weak-password`.
    """
    require_administrator(by)
    deed = Deed("password-set", platform.people.user(user).user)
    with audited(platform, by, deed, now=now):
        platform.people.set_password(user, password)


def check_organisation(organisation: Organisation) -> None:
    """Return if an organisation may be added.

    Raises:
        Refused: its id cannot name a DAG, or nobody could read its name.
    """
    if not _ORGANISATION_ID.fullmatch(organisation.organisation):
        raise _malformed(
            f"Organisation id {organisation.organisation[:50]!r}: expected 2 to 40 of a-z, 0-9 "
            "and hyphens, beginning with a letter"
        )
    _check_name(organisation.name)


def check_user(user: User) -> None:
    """Return if a user may be added.

    Raises:
        Refused: a malformed id, name or set of roles.
    """
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


def _malformed(message: str) -> Refused:
    return Refused("form-malformed", f"{message}.", "Correct it and send it again.")
