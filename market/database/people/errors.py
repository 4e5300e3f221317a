"""How long sessions live, and what a store of people answers when it does not do as asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from market.entities.people import Organisation
from market.errors import Conflict, NotFound, Refused

SESSION_IDLE_SECONDS: Final = 2 * 3_600
SESSION_LONGEST_SECONDS: Final = 12 * 3_600
TOKEN_PREFIX: Final = "mkt_"  # noqa: S105 - the public beginning of every token, for scanners


def no_user(user: str) -> NotFound:
    """`no-user`: there is none of this name."""
    return NotFound("no-user", f"There is no user {user!r}.", "Look at the list of users.")


def no_organisation(organisation: str) -> NotFound:
    """`no-organisation`: there is none of this id."""
    return NotFound(
        "no-organisation",
        f"There is no organisation {organisation!r}.",
        "Ask the administrator to add it first.",
    )


def user_exists(user: str) -> Conflict:
    """`user-exists`: the name is taken."""
    return Conflict("user-exists", f"There is a user {user!r} already.", "Take another name.")


def organisation_differs(found: Organisation, asked: Organisation) -> Conflict:
    """`organisation-exists`: the id is taken under another name."""
    return Conflict(
        "organisation-exists",
        f"Organisation {found.organisation!r} is called {found.name!r}, not {asked.name!r}.",
        "Take another identifier.",
    )


def former_name(number: int) -> str:
    """What somebody who was removed is called."""
    return f"Former member #{number}"


def user_removed(user: str) -> Conflict:
    """`user-removed`: nothing is changed of whom nobody is any more."""
    return Conflict(
        "user-removed",
        f"User {user!r} was removed, for good.",
        "Add them anew, under another id.",
    )


def user_kept_out(user: str) -> Conflict:
    """`user-kept-out`: a link would let nobody in."""
    return Conflict(
        "user-kept-out",
        f"User {user!r} is kept out.",
        "Let them in again first: `market admin activate`, or the page of users.",
    )


def key_of_another(user: str) -> Conflict:
    """`identity-of-another`: one identity key belongs to one user."""
    return Conflict(
        "identity-of-another",
        f"The identity key given for user {user!r} is registered by somebody else.",
        "Make a key of your own: market keys new.",
    )


def administrator_exists() -> Conflict:
    """`administrator-exists`: the one-time link is for the first one."""
    return Conflict(
        "administrator-exists",
        "There is an administrator; the first one is made by link, others by them.",
        "Ask the administrator.",
    )


def keeps_an_administrator(administrators: Collection[str], user: str) -> None:
    """Return if an active administrator is left without `user`.

    Raises:
        Conflict: `last-administrator`.
    """
    if set(administrators) == {user}:
        raise Conflict(
            "last-administrator",
            f"User {user!r} is the only active administrator.",
            "Make somebody else administrator first.",
        )


def too_many_attempts(wait_seconds: int) -> Refused:
    """`too-many-attempts`: with the seconds to wait."""
    return Refused(
        "too-many-attempts",
        "Signing in failed too often, under this name or from this network; "
        f"{wait_seconds} seconds are left to wait.",
        "Wait that long, then try again with the right password.",
    )
