"""Organisations and users, for administrators."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from market.entities.people import Organisation, Role, User
from market.portal.access import Caller, Now, PlatformHere, require_role, require_scope
from market.portal.bodies import ApiRoute
from market.services import administer_people

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)


class NewOrganisation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    organisation: str = Field(max_length=100)
    name: str = Field(max_length=200)


class NewUser(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: str = Field(max_length=100)
    organisation: str = Field(max_length=100)
    name: str = Field(max_length=200)
    roles: tuple[Role, ...] = Field(max_length=3)
    password: str = Field(max_length=1_000)


class UserChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    roles: tuple[Role, ...] | None = Field(default=None, max_length=3)
    is_active: bool | None = None


@router.get("/organisations")
def organisations(platform: PlatformHere, caller: Caller) -> list[dict[str, Any]]:
    _administrator(caller)
    return [
        {"organisation": organisation.organisation, "name": organisation.name}
        for organisation in platform.people.organisations()
    ]


@router.post("/organisations", status_code=201)
def add_organisation(
    body: NewOrganisation, platform: PlatformHere, caller: Caller
) -> dict[str, Any]:
    administer_people.add_organisation(
        platform, _administrator(caller), Organisation(body.organisation, body.name)
    )
    return {"organisation": body.organisation}


@router.get("/users")
def users(platform: PlatformHere, caller: Caller) -> list[dict[str, Any]]:
    _administrator(caller)
    return [_user_json(user) for user in platform.people.users()]


@router.post("/users", status_code=201)
def add_user(body: NewUser, platform: PlatformHere, caller: Caller, now: Now) -> dict[str, Any]:
    user = User(body.user, body.organisation, body.name, body.roles, "", is_active=True)
    administer_people.add_user(platform, _administrator(caller), user, body.password, now=now)
    return _user_json(user)


@router.patch("/users/{user}")
def change_user(
    user: str, body: UserChange, platform: PlatformHere, caller: Caller, now: Now
) -> dict[str, Any]:
    """Set a user's roles, or let them in or keep them out."""
    by = _administrator(caller)
    if body.roles is not None:
        administer_people.set_roles(platform, by, user, body.roles, now=now)
    if body.is_active is not None:
        administer_people.set_active(platform, by, user, is_active=body.is_active, now=now)
    return _user_json(platform.people.user(user))


def _administrator(caller: Caller) -> User:
    """A person's token, not an agent's, of an administrator."""
    user = require_scope(caller, "client")
    require_role(user, "administrator")
    return user


def _user_json(user: User) -> dict[str, Any]:
    return {
        "user": user.user,
        "organisation": user.organisation,
        "name": user.name,
        "roles": list(user.roles),
        "identity_key": user.identity_key,
        "is_active": user.is_active,
    }
