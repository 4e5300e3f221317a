"""The cast of every market: who they are, and the keys by which the same name always signs."""

from __future__ import annotations

import hashlib
from typing import Final

from crypto.identity import SigningKey
from crypto.secret import Secret
from market.entities.people import Organisation, Role, User
from market.ports.people import People

PASSWORD: Final = "copper-lantern-orchid-42"


def a_key(name: str) -> SigningKey:
    """The same key for the same name, so that failures repeat."""
    return SigningKey.from_seed(Secret(hashlib.sha256(name.encode()).digest()))


def fingerprint(name: str) -> str:
    return a_key(name).public.fingerprint()


def _user(user: str, organisation: str, role: Role) -> User:
    # Administrators sign nothing.
    key = "" if role == "administrator" else a_key(user).public.hex
    return User(user, organisation, f"{user} {role}".title(), (role,), key, is_active=True)


ADA: Final = _user("ada", "harbour", "administrator")
OLGA: Final = _user("olga", "clinics", "owner")
OSCAR: Final = _user("oscar", "clinics", "owner")
BOB: Final = _user("bob", "north-lab", "buyer")
BEA: Final = _user("bea", "north-lab", "buyer")
EVE: Final = _user("eve", "rival-lab", "buyer")
CAROL: Final = _user("carol", "couriers", "owner")
DORA: Final = _user("dora", "insurers", "owner")
HUGO: Final = _user("hugo", "auditors", "owner")
CAST: Final = (ADA, OLGA, BOB, EVE)


def settle(people: People, *users: User) -> None:
    """Make users known, with their organisations and one password for all."""
    for user in users:
        title = user.organisation.replace("-", " ").title()
        people.add_organisation(Organisation(user.organisation, title))
        people.add_user(user, PASSWORD)
