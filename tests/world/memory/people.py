"""People in dictionaries. Passwords are kept as they are: only tests live here."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from crypto.identity import PublicKey
from market.database.people.errors import (
    SESSION_IDLE_SECONDS,
    SESSION_LONGEST_SECONDS,
    TOKEN_PREFIX,
    administrator_exists,
    former_name,
    keeps_an_administrator,
    key_of_another,
    no_organisation,
    no_user,
    organisation_differs,
    too_many_attempts,
    user_exists,
    user_kept_out,
    user_removed,
)
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
from market.policy.operation.guessing import (
    COUNTED_SECONDS,
    KNOWN_SECONDS,
    Failed,
    Kind,
    counted,
    seconds_left,
    subject,
    waited_for,
)
from market.policy.operation.passwords import refuse_weak_password
from market.ports.people import hash_of, session_id_of


@dataclass
class Session:
    user: str
    client: str
    opened_at: int
    seen_at: int


@dataclass
class MemoryPeople:
    """Each of `forget` is told of whoever is removed."""

    forget: tuple[Callable[[str], None], ...] = ()
    known: dict[str, User] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    companies: dict[str, Organisation] = field(default_factory=dict)
    open: dict[str, Session] = field(default_factory=dict)
    issued: dict[str, tuple[str, Token]] = field(default_factory=dict)
    failures: dict[tuple[Kind, str], Failed] = field(default_factory=dict)
    signed_in_at: dict[str, int] = field(default_factory=dict)
    links: dict[str | None, tuple[str, int]] = field(default_factory=dict)

    def add_organisation(self, organisation: Organisation) -> None:
        found = self.companies.setdefault(organisation.organisation, organisation)
        if found != organisation:
            raise organisation_differs(found, organisation)

    def organisation(self, organisation: str) -> Organisation:
        if organisation not in self.companies:
            raise no_organisation(organisation)
        return self.companies[organisation]

    def organisations(self) -> list[Organisation]:
        return [self.companies[name] for name in sorted(self.companies)]

    def add_user(self, user: User, password: str) -> None:
        refuse_weak_password(user.user, password)
        self.organisation(user.organisation)
        self._refuse_key_of_another(user.user, user.identity_key)
        if user.user in self.known:
            raise user_exists(user.user)
        self.known[user.user] = user
        self.passwords[user.user] = password

    def user(self, user: str) -> User:
        if user not in self.known:
            raise no_user(user)
        return self.known[user]

    def users(self) -> list[User]:
        return [self.known[name] for name in sorted(self.known)]

    def names(self, users: Iterable[str], organisations: Iterable[str]) -> Names:
        return Names(
            {user: self.known[user].name for user in users if user in self.known},
            {one: self.companies[one].name for one in organisations if one in self.companies},
        )

    def set_password(self, user: str, password: str) -> None:
        refuse_weak_password(user, password)
        self._present(user)
        self.passwords[user] = password
        self._end_access(user)

    def set_roles(self, user: str, roles: tuple[Role, ...]) -> None:
        found = self._present(user)
        if "administrator" not in roles:
            keeps_an_administrator(self._administrators(), user)
        self.known[user] = replace(found, roles=tuple(dict.fromkeys(roles)))

    def set_active(self, user: str, is_active: bool) -> None:
        found = self._present(user)
        if not is_active:
            keeps_an_administrator(self._administrators(), user)
            self._end_access(user)
        self.known[user] = replace(found, is_active=is_active)

    def remove_user(self, user: str) -> User:
        found = self._present(user)
        keeps_an_administrator(self._administrators(), user)
        number = sum(one.former_number is not None for one in self.known.values()) + 1
        self.known[user] = replace(
            found, name=former_name(number), roles=(), is_active=False, former_number=number
        )
        self.passwords[user] = ""
        self._end_access(user)
        for forget in self.forget:
            forget(user)
        return self.known[user]

    def _present(self, user: str) -> User:
        found = self.user(user)
        if found.former_number is not None:
            raise user_removed(user)
        return found

    def set_identity_key(self, user: str, identity_key: str) -> None:
        self._refuse_key_of_another(user, identity_key)
        self.known[user] = replace(self.user(user), identity_key=identity_key)

    def by_identity_fingerprint(self, fingerprint: str) -> User | None:
        for user in self.known.values():
            if user.identity_key and PublicKey.parse(user.identity_key).fingerprint() == (
                fingerprint
            ):
                return user
        return None

    def check_password(
        self, user: str, password: str, *, now: int, network: str = ""
    ) -> User | None:
        self._count_attempt(user, network, now=now)
        found = self.known.get(user)
        if found is None or self.passwords[user] != password or not found.is_active:
            return None
        self._forgive(user, network, now=now)
        return found

    def _count_attempt(self, user: str, network: str, *, now: int) -> None:
        at = self.signed_in_at.get(subject("here", user, network), now - KNOWN_SECONDS)
        more = {}
        for kind in counted(network):
            count = (kind, subject(kind, user, network))
            failed = self.failures.get(count, Failed(0, now, now))
            if failed.since <= now - COUNTED_SECONDS:
                failed = Failed(0, now, now)
            left = seconds_left(kind, failed, now=now)
            if left > 0 and kind in waited_for(network, is_known=at > now - KNOWN_SECONDS):
                raise too_many_attempts(left)
            more[count] = Failed(failed.attempts + 1, failed.since, now)
        self.failures.update(more)

    def _forgive(self, user: str, network: str, *, now: int) -> None:
        nothing = Failed(0, now, now)
        own = self.failures.pop(("here", subject("here", user, network)), nothing)
        self.failures.pop(("name", user), None)
        if network:
            of_all = self.failures.pop(("network", network), nothing)
            if of_all.attempts > own.attempts:
                fewer = replace(of_all, attempts=of_all.attempts - own.attempts)
                self.failures["network", network] = fewer
            self.signed_in_at[subject("here", user, network)] = now

    def sign_in(
        self, user: str, password: str, *, now: int, client: str = "", network: str = ""
    ) -> str | None:
        found = self.check_password(user, password, now=now, network=network)
        return self.open_session(user, now=now, client=client) if found else None

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
        found = self.check_password(user, password, now=now, network=network)
        if found is None:
            return None
        announce(found)
        return self._issue(user, new, now=now)

    def open_session(self, user: str, *, now: int, client: str = "") -> str:
        self.user(user)
        session = secrets.token_urlsafe(32)
        self.open[session] = Session(user, client, now, now)
        return session

    def session_user(self, session: str, *, now: int) -> User | None:
        user = self.hashed_session_user(hash_of(session), now=now)
        if user is not None:
            self.open[session].seen_at = now
        return user

    def hashed_session_user(self, session_hash: str, *, now: int) -> User | None:
        of_hash = {hash_of(session): found for session, found in self.open.items()}
        found = of_hash.get(session_hash)
        if (
            found is None
            or now >= found.seen_at + SESSION_IDLE_SECONDS
            or now >= found.opened_at + SESSION_LONGEST_SECONDS
        ):
            return None
        user = self.known[found.user]
        return user if user.is_active else None

    def close_session(self, session: str) -> None:
        self.open.pop(session, None)

    def sessions(self, user: str, *, now: int) -> list[WebSession]:
        mine = [
            WebSession(session_id_of(hash_of(one)), found.client, found.opened_at, found.seen_at)
            for one, found in self.open.items()
            if found.user == user and self.hashed_session_user(hash_of(one), now=now)
        ]
        return sorted(mine, key=lambda one: -one.opened_at)

    def end_session(self, user: str, session_id: str) -> None:
        for session, found in list(self.open.items()):
            if (found.user, session_id_of(hash_of(session))) == (user, session_id):
                del self.open[session]

    def issue_token(
        self, user: str, scopes: tuple[str, ...], label: str, *, now: int, lifetime_seconds: int
    ) -> str:
        self.user(user)
        new = NewToken(secrets.token_hex(8), label, scopes, now + lifetime_seconds)
        return self._issue(user, new, now=now)

    def _issue(self, user: str, new: NewToken, *, now: int) -> str:
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        kept = Token(new.token_id, new.label, new.scopes, new.expires_at, now, None)
        self.issued[secret] = (user, kept)
        return secret

    def token_user(self, token: str, *, now: int) -> tuple[User, tuple[str, ...]] | None:
        user, found = self.issued.get(token, ("", None))
        if found is None or now >= found.expires_at or not self.known[user].is_active:
            return None
        if found.used_at is None or now >= found.used_at + 60:
            self.issued[token] = (user, replace(found, used_at=now))
        return self.known[user], found.scopes

    def agents_seen(self) -> list[AgentSeen]:
        seen: dict[str, int | None] = {}
        for user, token in self.issued.values():
            if "agent" in token.scopes:
                times = [at for at in (seen.get(user), token.used_at) if at is not None]
                seen[user] = max(times, default=None)
        return [AgentSeen(owner, seen[owner]) for owner in sorted(seen)]

    def token(self, secret: str) -> Token | None:
        return self.issued[secret][1] if secret in self.issued else None

    def tokens(self, user: str) -> list[Token]:
        return [token for owner, token in self.issued.values() if owner == user]

    def revoke_token(self, user: str, token_id: str) -> None:
        self.issued = {
            secret: (owner, token)
            for secret, (owner, token) in self.issued.items()
            if (owner, token.token_id) != (user, token_id)
        }

    def make_link(self, user: str | None, *, now: int, lifetime_seconds: int) -> str:
        if user is None and self._has_administrator():
            raise administrator_exists()
        if user is not None and not self._present(user).is_active:
            raise user_kept_out(user)
        secret = secrets.token_urlsafe(32)
        self.links[user] = (secret, now + lifetime_seconds)
        return secret

    def find_link(self, secret: str, *, now: int) -> OneTimeLink | None:
        for user, (kept, expires_at) in self.links.items():
            if kept == secret and now < expires_at:
                is_late = user is None and self._has_administrator()
                return None if is_late else OneTimeLink(user)
        return None

    def open_links(self, *, now: int) -> dict[str, int]:
        kept = self.links.items()
        return {user: end for user, (_, end) in kept if user is not None and end > now}

    def use_setup_link(self, secret: str, *, now: int) -> bool:
        is_live = self.find_link(secret, now=now) == OneTimeLink(None)
        if is_live:
            del self.links[None]
        return is_live

    def use_link(self, secret: str, password: str, *, now: int, network: str = "") -> bool:
        found = self.find_link(secret, now=now)
        if found is None or found.user is None:
            return False
        self.set_password(found.user, password)
        self._forgive(found.user, network, now=now)
        return True

    def _administrators(self) -> set[str]:
        return {
            user.user
            for user in self.known.values()
            if user.is_active and "administrator" in user.roles
        }

    def _has_administrator(self) -> bool:
        return any("administrator" in user.roles for user in self.known.values())

    def _end_access(self, user: str) -> None:
        self.open = {s: found for s, found in self.open.items() if found.user != user}
        self.issued = {s: kept for s, kept in self.issued.items() if kept[0] != user}
        self.links.pop(user, None)

    def _refuse_key_of_another(self, user: str, identity_key: str) -> None:
        for other in self.known.values():
            if identity_key and other.identity_key == identity_key and other.user != user:
                raise key_of_another(user)
