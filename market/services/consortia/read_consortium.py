"""The consortia somebody may know of."""

from __future__ import annotations

from market.entities.consortium import Consortium
from market.entities.people import User
from market.services.authorize import visible_consortium
from market.services.platform import Platform


def read_consortium(
    platform: Platform, user: User, consortium: str, number: int | None = None
) -> Consortium:
    """One agreement of a consortium, the newest unless a number says otherwise.

    Raises:
        NotFound: `no-consortium`: there is none, or it is none of theirs.
    """
    return visible_consortium(platform, user, consortium, number)


def bound_by(platform: Platform, user: User) -> list[Consortium]:
    """Of every consortium the user has bound a table in, the agreement of the newest binding."""
    newest = platform.consortia.bindings_of(user.user)
    return [
        _agreement_named(platform, consortium, bound.record.agreement_hash)
        for consortium, bound in newest.items()
    ]


def _agreement_named(platform: Platform, consortium: str, agreement_hash: str) -> Consortium:
    kept, number = platform.consortia, platform.consortia.newest(consortium).number
    while (found := kept.get(consortium, number)).agreement_hash != agreement_hash:
        number -= 1
    return found


def list_consortia(platform: Platform, user: User) -> list[Consortium]:
    """The newest agreement of every consortium of the user's organisation, by id; for an
    administrator of every one."""
    if "administrator" in user.roles:
        return platform.consortia.all_newest()
    return platform.consortia.of_organisation(user.organisation)


def has_consortia(platform: Platform, user: User) -> bool:
    """Whether the user's organisation has a seat anywhere; for an administrator always."""
    return "administrator" in user.roles or platform.consortia.has_seat(user.organisation)
