"""What the platform's own processes ask of the portal: none of them is a person, none has a token.

The forms say which organisations there are and what they may ask; they go to whoever has the
platform's secret `forms`, as a bearer, and that is Airflow's processes (dags/job_forms.py).
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from market import wire
from market.adapters.platform_secrets import FORMS, platform_secrets
from market.portal.access import PlatformHere, SettingsHere
from market.portal.problems import NotSignedIn
from market.services.access.refresh_forms import read_forms
from market.settings import Settings

router = APIRouter(prefix="/api/v1")


@router.get("/forms")
def forms(request: Request, platform: PlatformHere, settings: SettingsHere) -> Response:
    """All forms; nothing but 304 to who names the number of those it has (RFC 9110, 13.1.2)."""
    _require_secret(request, settings)
    found = read_forms(platform)
    tag = f'"{found.number}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    text = wire.encode(found.forms)
    return Response(text, media_type="application/json", headers={"ETag": tag})


def _require_secret(request: Request, settings: Settings) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    known = [secret.reveal().hex().encode() for secret in platform_secrets(settings, FORMS)]
    shown = given.encode("utf-8", "replace")
    if scheme.lower() != "bearer" or not any(hmac.compare_digest(one, shown) for one in known):
        raise NotSignedIn
