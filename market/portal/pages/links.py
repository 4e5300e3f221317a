"""What one-time links lead to: the first administrator's form, and a person's new password."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends, Request, Response

from market.entities.people import Organisation
from market.errors import MarketError, Refused
from market.portal.access import AskedFrom, CheckedForm, Now, PlatformHere, client_of, field
from market.portal.pages.page import go, page
from market.portal.pages.session import PASSWORD_CHARACTERS, enter
from market.portal.problems import status_of
from market.portal.request_rates import RequestRates
from market.services.people import sign_in
from market.services.people.choose_password import choose_password, user_of_link
from market.services.people.set_up import require_setup_link, set_up

LINK_REQUESTS_A_MINUTE: Final = 120
"""Of one network, live links and dead ones alike: nobody guesses one, and nobody should try."""


def count_request(request: Request, network: AskedFrom, now: Now) -> None:
    """Count a request under a link, by the network that it comes from (raises TooMany)."""
    rates: RequestRates = request.app.state.link_rates
    rates.take(network or "this machine", now=now)


router = APIRouter(include_in_schema=False, dependencies=[Depends(count_request)])


@router.get("/setup/{secret}")
def setup_form(request: Request, secret: str, platform: PlatformHere, now: Now) -> Response:
    """The form that makes the first administrator (raises NotPermitted, `link-dead`)."""
    require_setup_link(platform, secret, now=now)
    return page(request, "setup.html", user=None, secret=secret, error=None, form={})


@router.post("/setup/{secret}")
def setup(
    request: Request, secret: str, platform: PlatformHere, now: Now, form: CheckedForm
) -> Response:
    """Make the first organisation and administrator, who is signed in; the link ends."""
    require_setup_link(platform, secret, now=now)
    try:
        user = set_up(
            platform,
            secret,
            organisation=Organisation(
                field(form, "organisation", maximum_characters=100),
                field(form, "organisation_name", maximum_characters=200),
            ),
            user=field(form, "user", maximum_characters=100),
            name=field(form, "name", maximum_characters=200),
            password=field(form, "password", maximum_characters=PASSWORD_CHARACTERS),
            now=now,
        )
    except MarketError as error:
        shown = {name: values[0][:200] for name, values in form.items() if name != "password"}
        return page(
            request,
            "setup.html",
            user=None,
            status=status_of(error),
            secret=secret,
            error=error,
            form=shown,
        )
    session = sign_in.sign_in_first(platform, user, now=now, client=client_of(request))
    return enter(request, platform, session, "/administration")


@router.get("/password/{secret}")
def password_form(request: Request, secret: str, platform: PlatformHere, now: Now) -> Response:
    """The form for a new password (raises NotPermitted, `link-dead`)."""
    whose = user_of_link(platform, secret, now=now)
    return page(request, "password.html", user=None, secret=secret, whose=whose, error=None)


@router.post("/password/{secret}")
def password(
    request: Request,
    secret: str,
    platform: PlatformHere,
    network: AskedFrom,
    now: Now,
    form: CheckedForm,
) -> Response:
    """Set the password; the link and whatever the old one opened end."""
    whose = user_of_link(platform, secret, now=now)
    try:
        chosen = field(form, "password", maximum_characters=PASSWORD_CHARACTERS)
        choose_password(platform, secret, chosen, network=network, now=now)
    except Refused as error:
        return page(
            request,
            "password.html",
            user=None,
            status=status_of(error),
            secret=secret,
            whose=whose,
            error=error,
        )
    return go("/sign-in", done="password-chosen")
