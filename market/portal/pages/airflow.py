"""The hand-over to Airflow: a button that posts a one-time code, good for half a minute, in the
browser that Airflow marked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from market.adapters import platform_secrets
from market.airflow.addresses import LOGIN, SIGN_ON
from market.airflow.sign_on_code import LIFETIME_SECONDS, issue_code
from market.portal.access import Now, Reader, SettingsHere, session_of
from market.portal.pages.page import page
from market.services.people.sign_in import session_hash

router = APIRouter(include_in_schema=False)


@router.get("/airflow")
def hand_over(
    request: Request,
    settings: SettingsHere,
    user: Reader,
    now: Now,
    next_: Annotated[str, Query(alias="next", max_length=2_000)] = "/",
    browser: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = "",
) -> Response:
    """Airflow marks the browser first and sends it back here; it refuses a `next` that leads away
    from it."""
    if not browser:
        address = f"{settings.airflow_browser_url}{LOGIN}?{urlencode({'next': next_})}"
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)
    secret = platform_secrets.platform_secret(settings, platform_secrets.SIGN_ON)
    response = page(
        request,
        "airflow.html",
        user=user,
        code=issue_code(
            secret.reveal(),
            user.user,
            now,
            session=session_hash(session_of(request)),
            browser=browser,
        ),
        next=next_,
        action=f"{settings.airflow_browser_url}{SIGN_ON}",
    )
    # A page left open gets a fresh code before the old one dies.
    response.headers["Refresh"] = str(LIFETIME_SECONDS - 5)
    return response
