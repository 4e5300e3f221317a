"""Administration of one organisation: what it may take of the platform, and takes."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from market.entities.limits import LIMIT_NAMES
from market.entities.people import User
from market.errors import MarketError, Refused
from market.portal.access import Administrator, CheckedForm, Now, PlatformHere
from market.portal.organisation_zip import exported
from market.portal.pages.page import go, page
from market.portal.problems import status_of
from market.services.access.limits import read_share, set_limits
from market.services.platform import Platform

router = APIRouter(prefix="/administration/organisations", include_in_schema=False)

_LONGEST = 20


@router.get("/{organisation}")
def organisation(
    request: Request, organisation: str, platform: PlatformHere, user: Administrator, now: Now
) -> Response:
    """An organisation's limits, and what it has of each."""
    return _shown(request, platform, user, organisation, now=now)


@router.post("/{organisation}/limits")
def limits(
    request: Request,
    organisation: str,
    platform: PlatformHere,
    user: Administrator,
    now: Now,
    form: CheckedForm,
) -> Response:
    """Set the limits; a field that is left empty takes everybody's."""
    written = {name: (form.get(name) or [""])[0].strip()[:_LONGEST] for name in LIMIT_NAMES}
    try:
        set_limits(platform, user, organisation, {n: _most(t) for n, t in written.items()}, now=now)
    except Refused as error:
        return _shown(request, platform, user, organisation, error, now=now)
    return go(f"/administration/organisations/{organisation}", done="limits-set")


@router.get("/{organisation}/export")
def export(organisation: str, platform: PlatformHere, user: Administrator, now: Now) -> Response:
    """Everything that is kept about an organisation, in one zip file, as it is read."""
    return exported(platform, user, organisation, now=now)


def _most(text: str) -> int | None:
    """The number a person wrote, None for nothing (raises Refused, `limit-unknown`)."""
    plain = "".join(text.replace(",", "").replace("_", "").split())
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit()):
        raise Refused(
            "limit-malformed",
            f"{text!r} is no whole number.",
            "Write digits, or leave the field empty for everybody's limit.",
        )
    return int(plain)


def _shown(
    request: Request,
    platform: Platform,
    user: User,
    organisation: str,
    error: MarketError | None = None,
    *,
    now: int,
) -> Response:
    return page(
        request,
        "organisation.html",
        user=user,
        status=HTTPStatus.OK if error is None else status_of(error),
        share=read_share(platform, user, organisation, now=now),
        error=error,
    )
