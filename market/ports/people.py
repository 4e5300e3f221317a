"""Organisations, users, sessions, tokens, identity keys."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from market.entities.overview import AgentSeen
from market.entities.people import (
    Names,
    NewToken,
    OneTimeLink,
    Organisation,
    Role,
    Token,
    User,
    WebSession,
)

SESSION_ID_CHARACTERS: Final = 16


def session_id_of(session_hash: str) -> str:
    """What a session may be called, by its hash: it opens nothing, and 64 bits tell a person's own
    sessions apart."""
    return session_hash[:SESSION_ID_CHARACTERS]


def hash_of(secret: str) -> str:
    """SHA-256 in hex: what is kept of a secret nobody can guess, and what it may be called."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class People(Protocol):
    def add_organisation(self, organisation: Organisation) -> None:
        """Create an organisation; the same one again changes nothing.

        Raises:
            Conflict: its id exists under another name.
        """

    def organisation(self, organisation: str) -> Organisation:
        """An organisation by its id.

        Raises:
            NotFound: `no-organisation`.
        """

    def organisations(self) -> list[Organisation]:
        """All, by id."""

    def add_user(self, user: User, password: str) -> None:
        """Create a user with all that `user` says.

        Raises:
            Conflict: the user exists, or their identity key is another's.
            NotFound: there is no such organisation.
            Refused: `weak-password` (market.policy.operation.passwords).
        """

    def user(self, user: str) -> User:
        """A user by their id, active or not.

        Raises:
            NotFound: `no-user`.
        """

    def users(self) -> list[User]:
        """All, inactive ones too, by id."""

    def names(self, users: Iterable[str], organisations: Iterable[str]) -> Names:
        """What these users and organisations are called; those there are."""

    def set_password(self, user: str, password: str) -> None:
        """Replace the password, and end whatever the old one opened: sessions and API tokens.

        Raises:
            NotFound: no such user; Refused: `weak-password`.
        """

    def set_roles(self, user: str, roles: tuple[Role, ...]) -> None:
        """Replace a user's roles.

        Raises:
            NotFound: no such user.
            Conflict: `last-administrator`: no active administrator would be left.
        """

    def set_active(self, user: str, is_active: bool) -> None:
        """Let a user in, or keep them out: then their sessions and API tokens end for good.

        Raises:
            NotFound: no such user; Conflict: `last-administrator`.
        """

    def remove_user(self, user: str) -> User:
        """Remove a person, for good: no password, role or name of theirs is kept, and their
        sessions, API tokens and link end. Who is left is a number under the same id, with the key
        that what they signed is verified by.

        From then on `set_password`, `set_roles`, `set_active`, `make_link` and this are Conflict,
        `user-removed`.

        Raises:
            NotFound: no such user; Conflict: `last-administrator`.
        """

    def set_identity_key(self, user: str, identity_key: str) -> None:
        """Register a user's public identity key (hex) in place of any before it.

        Raises:
            NotFound: no such user.
            Conflict: another user has registered this key.
        """

    def by_identity_fingerprint(self, fingerprint: str) -> User | None:
        """The user whose registered key has this fingerprint (40 hex characters), or None."""

    def check_password(
        self, user: str, password: str, *, now: int, network: str = ""
    ) -> User | None:
        """The active user whose password this is, or None, in the same time either way.

        Every attempt counts as a failed one until it has succeeded, under a name that need not
        exist and at the network it comes from, empty where that is not known; then the waits grow
        (market.policy.operation.guessing).

        Raises:
            Refused: `too-many-attempts`, saying how long to wait.
        """

    def sign_in(
        self, user: str, password: str, *, now: int, client: str = "", network: str = ""
    ) -> str | None:
        """A new session's secret id for who gives the right password (`check_password`), or None.

        It is opened in the step that finds the password still the same: a sign-in under way while
        the password changes, or the user is kept out, opens nothing.

        Raises:
            Refused: `too-many-attempts`, as `check_password`.
        """

    def sign_in_program(
        self,
        user: str,
        password: str,
        new: NewToken,
        *,
        now: int,
        announce: Callable[[User], None],
        network: str = "",
    ) -> str | None:
        """A new API token for who gives the right password, as `sign_in` opens a session, or None.

        Args:
            announce: told of the active user whose password it is before the token is made; what it
                raises goes on, and no token is made. None is returned after it where the password
                changed meanwhile, or the user was kept out.

        Raises:
            Refused: `too-many-attempts`, as `check_password`.
        """

    def open_session(self, user: str, *, now: int, client: str = "") -> str:
        """A new session's secret id; only its hash is stored.

        Raises:
            NotFound: no such user.
        """

    def session_user(self, session: str, *, now: int) -> User | None:
        """The active user of a live session (idle 2 h, absolute 12 h), or None."""

    def hashed_session_user(self, session_hash: str, *, now: int) -> User | None:
        """As `session_user`, by the id's hash; looking so does not keep the session alive."""

    def close_session(self, session: str) -> None:
        """End a session, by its secret id; nothing happens when there is none."""

    def sessions(self, user: str, *, now: int) -> list[WebSession]:
        """A user's live sessions, the newest first."""

    def end_session(self, user: str, session_id: str) -> None:
        """End a user's session, by what it is called; nothing happens when they have none of it."""

    def issue_token(
        self, user: str, scopes: tuple[str, ...], label: str, *, now: int, lifetime_seconds: int
    ) -> str:
        """A new API token, shown once; only its hash is stored.

        Raises:
            NotFound: no such user.
        """

    def token_user(self, token: str, *, now: int) -> tuple[User, tuple[str, ...]] | None:
        """The active user of a token that holds at `now`, and its scopes; else None."""

    def token(self, secret: str) -> Token | None:
        """The token with this secret, ended or not; None without one."""

    def tokens(self, user: str) -> list[Token]:
        """A user's tokens that were not revoked, ended ones too, the oldest first."""

    def agents_seen(self) -> list[AgentSeen]:
        """When the agents of each user who has tokens for them used one last, by user."""

    def revoke_token(self, user: str, token_id: str) -> None:
        """End a user's token, by its id; nothing happens when they have none of it."""

    def make_link(self, user: str | None, *, now: int, lifetime_seconds: int) -> str:
        """A one-time link's secret, of which only the hash is stored; it replaces an earlier one.

        Whatever else ends the user's access ends their link too.

        Args:
            user: who chooses a password by it; None: the first administrator.

        Raises:
            Conflict: `administrator-exists`; `user-kept-out`. NotFound: `no-user`.
        """

    def find_link(self, secret: str, *, now: int) -> OneTimeLink | None:
        """The live link with this secret; None alike for one that was used, has expired, was
        replaced or was never made, and for the first administrator's once there is one."""

    def open_links(self, *, now: int) -> dict[str, int]:
        """Users who may choose a password by a link now, and until when (unix seconds)."""

    def use_setup_link(self, secret: str, *, now: int) -> bool:
        """Use the first administrator's link up; whether it was live."""

    def use_link(self, secret: str, password: str, *, now: int, network: str = "") -> bool:
        """Use a user's link up for this password, in one step; whether it was live.

        Their sessions and API tokens end, and failed attempts to sign in are forgotten.

        Raises:
            Refused: `weak-password`; the link stays live.
        """
