"""An administrator looks for people: by words, by organisation, by whether they may sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from market.entities.people import User
from market.errors import Refused
from market.services.people.administer_people import Administering, list_users
from market.services.platform import Platform

PAGE_USERS: Final = 50
MOST_WORDS: Final = 8
Standing = Literal["", "active", "kept-out", "removed"]


@dataclass(frozen=True, slots=True)
class PeopleWanted:
    """An empty member asks nothing.

    Attributes:
        words: each of them stands in a user's id, name, organisation's id or roles.
    """

    words: str = ""
    organisation: str = ""
    standing: Standing = ""

    def admits(self, user: User) -> bool:
        """Whether it is such a person."""
        texts = (user.user, user.name, user.organisation, *user.roles)
        text = "\n".join(texts).casefold()
        return (
            all(word in text for word in self.words.casefold().split()[:MOST_WORDS])
            and self.organisation in ("", user.organisation)
            and self.standing in ("", standing_of(user))
        )


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Users by id; `further` is the id behind which the next page begins, empty on the last.

    Attributes:
        found: how many there are on all pages.
        links: until when a link for a password is open, of those who have one (unix seconds).
    """

    users: tuple[User, ...]
    further: str
    found: int
    links: Mapping[str, int]


def standing_of(user: User) -> Standing:
    """Whether somebody may sign in."""
    if user.former_number is not None:
        return "removed"
    return "active" if user.is_active else "kept-out"


def find_people(
    platform: Platform, by: Administering, wanted: PeopleWanted, *, after: str, now: int
) -> PeoplePage:
    """A page of the users who are wanted, behind the id `after` (raises NotPermitted)."""
    found = [user for user in list_users(platform, by) if wanted.admits(user)]
    rest = [user for user in found if user.user > after]
    shown = tuple(rest[:PAGE_USERS])
    further = shown[-1].user if len(rest) > PAGE_USERS else ""
    return PeoplePage(shown, further, len(found), platform.people.open_links(now=now))


def person_called(platform: Platform, by: Administering, text: str) -> str:
    """The id of whom somebody means who writes an id or a part of a name; as it was written where
    nobody is called so.

    Raises:
        NotPermitted. Refused: `name-of-several`: more than one is called so, and none by this id.
    """
    wanted = text.strip().casefold()
    users = list_users(platform, by)
    if not wanted or any(user.user == text.strip() for user in users):
        return text.strip()
    called = [user for user in users if wanted in user.name.casefold()]
    if len(called) > 1:
        some = ", ".join(f"{user.name} ({user.user})" for user in called[:5])
        raise Refused(
            "name-of-several",
            f"{len(called)} people are called {text.strip()!r:.80}: {some}.",
            "Write one of the ids.",
        )
    return called[0].user if called else text.strip()
