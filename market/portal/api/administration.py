"""Organisations and users, for administrators."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from market.entities.people import Organisation, Role, User
from market.policy.operation.limits import MOST
from market.portal.access import CallerHere, Now, PlatformHere, SettingsHere
from market.portal.addresses import password_address
from market.portal.bodies import ApiRoute, Body
from market.portal.organisation_zip import ZipResponse, exported
from market.services.access.limits import read_share, set_limits
from market.services.authorize import administrator_of
from market.services.operation.oversee import oversee
from market.services.people import administer_people
from market.services.people.choose_password import make_password_link
from market.services.people.one_time_links import LINK_LIFETIME_SECONDS

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)

_Most = Annotated[int | None, Field(ge=0, le=MOST)]


class NewOrganisation(Body):
    organisation: str = Field(max_length=100)
    name: str = Field(max_length=200)


class NewUser(Body):
    user: str = Field(max_length=100)
    organisation: str = Field(max_length=100)
    name: str = Field(max_length=200)
    roles: tuple[Role, ...] = Field(max_length=3)
    password: str | None = Field(default=None, max_length=1_000)


class UserChange(Body):
    roles: tuple[Role, ...] | None = Field(default=None, max_length=3)
    is_active: bool | None = None


class LimitChange(Body):
    jobs_under_way: _Most = None
    jobs_a_day: _Most = None
    requests_a_minute: _Most = None
    storage_bytes: _Most = None


@router.get("/organisations")
def organisations(platform: PlatformHere, caller: CallerHere) -> list[dict[str, Any]]:
    """Every organisation."""
    by = administrator_of(caller)
    return [
        {"organisation": organisation.organisation, "name": organisation.name}
        for organisation in administer_people.list_organisations(platform, by)
    ]


@router.post("/organisations", status_code=201)
def add_organisation(
    body: NewOrganisation, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Add an organisation; its id is for good."""
    new = Organisation(body.organisation, body.name)
    administer_people.add_organisation(platform, administrator_of(caller), new, now=now)
    return {"organisation": body.organisation}


@router.get("/organisations/{organisation}/limits")
def limits(
    organisation: str, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """What an organisation may have, and has, of jobs, requests and storage."""
    share = read_share(platform, administrator_of(caller), organisation, now=now)
    return {
        "organisation": organisation,
        "most": share.most.to_json(),
        "own": list(share.own),
        "jobs_under_way": share.jobs.under_way,
        "jobs_within_a_day": share.jobs.submitted,
        "stored_bytes": share.stored_bytes,
    }


@router.patch("/organisations/{organisation}/limits")
def change_limits(
    organisation: str, body: LimitChange, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Set those limits that are sent; null gives the organisation everybody's again."""
    by = administrator_of(caller)
    set_limits(platform, by, organisation, body.model_dump(exclude_unset=True), now=now)
    return limits(organisation, platform, caller, now)


@router.get("/organisations/{organisation}/export", response_class=ZipResponse)
def export(organisation: str, platform: PlatformHere, caller: CallerHere, now: Now) -> Response:
    """Everything that is kept about an organisation, as a zip file of JSON lines."""
    return exported(platform, administrator_of(caller), organisation, now=now)


@router.get("/users")
def users(platform: PlatformHere, caller: CallerHere) -> list[dict[str, Any]]:
    """Every user; no passwords, which are kept as hashes only."""
    by = administrator_of(caller)
    return [_user_json(user) for user in administer_people.list_users(platform, by)]


@router.post("/users", status_code=201)
def add_user(body: NewUser, platform: PlatformHere, caller: CallerHere, now: Now) -> dict[str, Any]:
    """Add a user, with the password they sign in with first; without one, a link lets them in."""
    user = User(body.user, body.organisation, body.name, body.roles, "", is_active=True)
    administer_people.add_user(platform, administrator_of(caller), user, body.password, now=now)
    return _user_json(user)


@router.patch("/users/{user}")
def change_user(
    user: str, body: UserChange, platform: PlatformHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """Set a user's roles, or let them in or keep them out."""
    by = administrator_of(caller)
    if body.roles is not None:
        administer_people.set_roles(platform, by, user, body.roles, now=now)
    if body.is_active is not None:
        administer_people.set_active(platform, by, user, is_active=body.is_active, now=now)
    return _user_json(administer_people.read_user(platform, by, user))


@router.delete("/users/{user}")
def remove_user(user: str, platform: PlatformHere, caller: CallerHere, now: Now) -> dict[str, Any]:
    """Remove a person, for good; what is left is a number under their id, and what they signed."""
    return _user_json(
        administer_people.remove_user(platform, administrator_of(caller), user, now=now)
    )


@router.post("/users/{user}/link", status_code=201)
def make_link(
    user: str, platform: PlatformHere, settings: SettingsHere, caller: CallerHere, now: Now
) -> dict[str, Any]:
    """A one-time link by which the user chooses a password, shown once; it replaces an earlier one.

    What the old password opened ends when the link is used.
    """
    secret = make_password_link(platform, administrator_of(caller), user, now=now)
    return {
        "url": password_address(settings, secret),
        "expires_at": now + LINK_LIFETIME_SECONDS,
    }


@router.get("/administration/operations")
def operations(platform: PlatformHere, caller: CallerHere, now: Now) -> dict[str, Any]:
    """Queues, jobs that wait too long, parts, agents, budgets, storage and versions, as they are
    now; times are unix seconds."""
    return asdict(oversee(platform, administrator_of(caller), now=now))


def _user_json(user: User) -> dict[str, Any]:
    return {
        "user": user.user,
        "organisation": user.organisation,
        "name": user.name,
        "roles": list(user.roles),
        "identity_key": user.identity_key,
        "is_active": user.is_active,
        "former_number": user.former_number,
    }
