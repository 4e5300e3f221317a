"""Administration: what is known of the platform's backups."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from market.errors import Refused
from market.portal.access import Administrator, Now, PlatformHere
from market.portal.pages.page import page
from market.portal.problems import status_of
from market.services.operation.read_backups import read_backups

router = APIRouter(prefix="/administration/backups", include_in_schema=False)


@router.get("")
def backups(request: Request, platform: PlatformHere, user: Administrator, now: Now) -> Response:
    """The last backup, its age, whether it was read through; an altered trail is told as such."""
    found, error = None, None
    try:
        found = read_backups(platform, user, now=now)
    except Refused as broken:
        error = broken
    return page(
        request,
        "backups.html",
        user=user,
        status=HTTPStatus.OK if error is None else status_of(error),
        found=found,
        error=error,
    )
