"""The hand-over to Airflow: a button that posts a one-time code, good for half a minute."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from market.adapters.platform_secrets import SIGN_ON, platform_secret
from market.portal.access import Now, Reader, SettingsHere
from market.portal.pages import page
from market.records.sign_on_code import LIFETIME_SECONDS, issue_code

router = APIRouter(include_in_schema=False)


@router.get("/airflow")
def hand_over(
    request: Request,
    settings: SettingsHere,
    user: Reader,
    now: Now,
    next_: Annotated[str, Query(alias="next", max_length=2_000)] = "/",
) -> Response:
    """Airflow itself refuses a `next` that leads away from it."""
    secret = platform_secret(settings.home, SIGN_ON)
    response = page(
        request,
        "airflow.html",
        user=user,
        code=issue_code(secret.reveal(), user.user, now),
        next=next_,
        action=f"{settings.airflow_browser_url}/auth/sso",
    )
    # A page left open gets a fresh code before the old one dies.
    response.headers["Refresh"] = str(LIFETIME_SECONDS - 5)
    return response
