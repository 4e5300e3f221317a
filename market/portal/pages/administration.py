"""Administration: organisations, users, roles, links for a password."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from crypto import canonical
from market.entities.job_states import FACTS
from market.entities.people import Organisation, Role, User
from market.errors import Conflict, MarketError, Refused
from market.policy.finding.audit_filter import Wanted, read_wanted
from market.portal.access import (
    CSRF_CHECKED,
    Administrator,
    CheckedForm,
    Now,
    PlatformHere,
    field,
    settings_of,
)
from market.portal.addresses import password_address
from market.portal.pages.forms import is_yes
from market.portal.pages.page import go, page
from market.portal.problems import status_of
from market.portal.views.operations import sentence
from market.records.audit import ACTS
from market.services.audit_trail import LOOKED_AT, export_document, names_of_trail, read_trail
from market.services.operation.oversee import oversee
from market.services.operation.read_backups import read_backups
from market.services.people import administer_people
from market.services.people.choose_password import make_password_link
from market.services.people.find_people import PeopleWanted, Standing, find_people, person_called
from market.services.platform import Platform

router = APIRouter(prefix="/administration", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AskedEntries:
    """The filter of the audit page, as its form sends it; what is left empty asks nothing."""

    by: Annotated[str, Query(max_length=100)] = ""
    act: Annotated[str, Query(max_length=100)] = ""
    organisation: Annotated[str, Query(max_length=100)] = ""
    since: Annotated[str, Query(max_length=100)] = ""
    until: Annotated[str, Query(max_length=100)] = ""

    def wanted(self) -> Wanted:
        """What an entry must be to be shown (raises Refused, `filter-malformed`)."""
        return read_wanted(self.by, self.act, self.organisation, self.since, self.until)

    def query(self) -> str:
        """The same as the query of an address, without what is empty."""
        return urlencode({name: value for name, value in asdict(self).items() if value})


_HERE = "/administration"


class PeopleQuery(BaseModel):
    """What stands in the address of the page of people."""

    words: Annotated[str, Field(max_length=200)] = ""
    organisation: Annotated[str, Field(max_length=100)] = ""
    standing: Standing = ""
    after: Annotated[str, Field(max_length=100)] = ""
    done: Annotated[str, Field(max_length=40)] = ""

    @property
    def wanted(self) -> PeopleWanted:
        """The filter among it."""
        return PeopleWanted(self.words, self.organisation, self.standing)

    def query(self) -> str:
        """The filter as the query of an address, without what is empty."""
        return urlencode({name: value for name, value in asdict(self.wanted).items() if value})


@router.get("")
def overview(
    request: Request,
    platform: PlatformHere,
    user: Administrator,
    now: Now,
    asked_for: Annotated[PeopleQuery, Query()],
) -> Response:
    """Users, a page at a time, and organisations, with the forms that add and change them."""
    return _overview(request, platform, user, asked_for=asked_for, now=now)


@router.get("/audit")
def audit(
    request: Request,
    platform: PlatformHere,
    user: Administrator,
    asked: Annotated[AskedEntries, Depends()],
    below: Annotated[int | None, Query(ge=1, le=2**31)] = None,
) -> Response:
    """What administrators did, newest first; a trail that somebody altered is told as such."""
    trail, error = None, None
    try:
        trail = read_trail(platform, user, below=below, wanted=_meant(platform, user, asked))
    except Refused as broken:
        error = broken
    return page(
        request,
        "audit.html",
        user=user,
        status=HTTPStatus.OK if error is None else status_of(error),
        trail=trail,
        error=error,
        asked=asked,
        query=asked.query(),
        acts=ACTS,
        looked_at=LOOKED_AT,
        organisations=administer_people.list_organisations(platform, user),
        names=names_of_trail(platform, trail),
    )


@router.get("/audit/export")
def export_audit(
    platform: PlatformHere, user: Administrator, now: Now, asked: Annotated[AskedEntries, Depends()]
) -> Response:
    """The entries that are asked for and the trail's signed head, once all of it was verified."""
    wanted = _meant(platform, user, asked)
    export = export_document(platform, user, wanted, now=now)
    return Response(
        canonical.dumps(export),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="audit-trail.json"'},
    )


@router.get("/operations")
def operations(request: Request, platform: PlatformHere, user: Administrator, now: Now) -> Response:
    """What waits too long, what is amiss, who was here, what lies where."""
    found, backups, error = oversee(platform, user, now=now), None, None
    try:
        backups = read_backups(platform, user, now=now)
    except Refused as broken:
        # An altered trail says nothing of backups; all else is as well or ill as it is.
        error = broken
    return page(
        request,
        "operations.html",
        user=user,
        found=found,
        facts=FACTS,
        sentence=sentence(found),
        backups=backups,
        error=error,
    )


@router.post("/organisations")
def add_organisation(
    request: Request, platform: PlatformHere, user: Administrator, now: Now, form: CheckedForm
) -> Response:
    """Add an organisation; what cannot be added is told above the form."""
    organisation = Organisation(
        field(form, "organisation", maximum_characters=100),
        field(form, "organisation_name", maximum_characters=200),
    )
    try:
        administer_people.add_organisation(platform, user, organisation, now=now)
    except (Refused, Conflict) as error:
        return _overview(request, platform, user, error, new_organisation=organisation, now=now)
    return go(_HERE, done="organisation-added")


@router.post("/users")
def add_user(
    request: Request, platform: PlatformHere, user: Administrator, now: Now, form: CheckedForm
) -> Response:
    """Add a user and show a link by which they choose a password, once."""
    added = User(
        user=field(form, "user", maximum_characters=100),
        organisation=field(form, "organisation", maximum_characters=100),
        name=field(form, "name", maximum_characters=200),
        roles=_roles(form),
        identity_key="",
        is_active=True,
    )
    try:
        administer_people.add_user(platform, user, added, None, now=now)
    except (Refused, Conflict) as error:
        return _overview(request, platform, user, error, new_user=added, now=now)
    return _new_link(request, platform, user, added.user, now=now, is_new=True)


@router.post("/users/{name}/roles")
def set_roles(
    name: str, platform: PlatformHere, user: Administrator, now: Now, form: CheckedForm
) -> Response:
    """Give a user the ticked roles, and those only."""
    administer_people.set_roles(platform, user, name, _roles(form), now=now)
    return go(_HERE, done="roles-set")


@router.post("/users/{name}/link", dependencies=[CSRF_CHECKED])
def make_link(
    request: Request, name: str, platform: PlatformHere, user: Administrator, now: Now
) -> Response:
    """Make a link by which a user chooses a password, and show it, once."""
    return _new_link(request, platform, user, name, now=now, is_new=False)


@router.post("/users/{name}/active")
def set_active(
    name: str, platform: PlatformHere, user: Administrator, now: Now, form: CheckedForm
) -> Response:
    """Let a user in, or keep them out: that ends their sessions and tokens."""
    is_active = is_yes(form, "is_active")
    administer_people.set_active(platform, user, name, is_active=is_active, now=now)
    return go(_HERE, done="active" if is_active else "deactivated")


@router.get("/users/{name}/remove")
def confirm_removal(
    request: Request, name: str, platform: PlatformHere, user: Administrator
) -> Response:
    """What a removal ends, and what it leaves, before it is done."""
    whom = administer_people.read_user(platform, user, name)
    return page(request, "confirm_removal.html", user=user, whom=whom)


@router.post("/users/{name}/remove", dependencies=[CSRF_CHECKED])
def remove(name: str, platform: PlatformHere, user: Administrator, now: Now) -> Response:
    """Remove a person, for good."""
    administer_people.remove_user(platform, user, name, now=now)
    return go(_HERE, done="user-removed")


def _overview(
    request: Request,
    platform: Platform,
    user: User,
    error: MarketError | None = None,
    *,
    asked_for: PeopleQuery | None = None,
    new_organisation: Organisation | None = None,
    new_user: User | None = None,
    now: int,
) -> Response:
    """The page; after a refusal with its reason, and the form as it was sent."""
    asked_for = asked_for or PeopleQuery()
    return page(
        request,
        "administration.html",
        user=user,
        status=HTTPStatus.OK if error is None else status_of(error),
        organisations=administer_people.list_organisations(platform, user),
        people=find_people(platform, user, asked_for.wanted, after=asked_for.after, now=now),
        written=asked_for,
        query=asked_for.query(),
        roles=administer_people.ROLES,
        error=error,
        new_organisation=new_organisation,
        new_user=new_user,
    )


def _meant(platform: Platform, user: User, asked: AskedEntries) -> Wanted:
    """The filter, with the id of whom a name means (raises Refused)."""
    return replace(asked.wanted(), by=person_called(platform, user, asked.by))


def _new_link(
    request: Request, platform: Platform, user: User, name: str, *, now: int, is_new: bool
) -> Response:
    """Shown once, in the answer itself: the link stands in no address of ours and no store."""
    secret = make_password_link(platform, user, name, now=now)
    return page(
        request,
        "new_link.html",
        user=user,
        status=HTTPStatus.CREATED,
        name=name,
        link=password_address(settings_of(request), secret),
        is_new=is_new,
    )


def _roles(form: dict[str, list[str]]) -> tuple[Role, ...]:
    """The ticked roles; others cannot be typed. None ticked is refused by the service."""
    ticked = form.get("roles", [])
    return tuple(role for role in administer_people.ROLES if role in ticked)
