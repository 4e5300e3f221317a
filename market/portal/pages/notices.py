"""Where a user is told of what waits for them: their mail address, their webhook."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from market.portal.access import (
    CSRF_CHECKED,
    CheckedForm,
    Now,
    PlatformHere,
    Reader,
    SettingsHere,
    field,
)
from market.portal.pages.page import go, page
from market.services.inbox import keep_notices

router = APIRouter(include_in_schema=False)

_LONGEST_ADDRESS: Final = 1_000
_LONGEST_SECRET: Final = 100


@router.post("/account/notices/mail")
def tell_by_mail(
    platform: PlatformHere, settings: SettingsHere, user: Reader, now: Now, form: CheckedForm
) -> Response:
    """Send the mail that confirms an address."""
    address = field(form, "address", maximum_characters=_LONGEST_ADDRESS)
    keep_notices.tell_by_mail(platform, user, address, portal_url=settings.portal_url, now=now)
    return go("/account", done="notices-mail-sent")


@router.post("/account/notices/hook")
def tell_by_hook(
    platform: PlatformHere, settings: SettingsHere, user: Reader, now: Now, form: CheckedForm
) -> Response:
    """Try a webhook, and keep it if it answers."""
    keep_notices.tell_by_hook(
        platform,
        user,
        field(form, "address", maximum_characters=_LONGEST_ADDRESS),
        portal_url=settings.portal_url,
        allow_private=settings.private_webhooks,
        now=now,
    )
    return go("/account", done="notices-hook-set")


@router.post("/account/notices/mail/end", dependencies=[CSRF_CHECKED])
def end_mail(platform: PlatformHere, user: Reader) -> Response:
    """Send the reader no more mail."""
    keep_notices.tell_no_more(platform, user, "mail")
    return go("/account", done="notices-ended")


@router.post("/account/notices/hook/end", dependencies=[CSRF_CHECKED])
def end_hook(platform: PlatformHere, user: Reader) -> Response:
    """Post nothing more to the reader's webhook."""
    keep_notices.tell_no_more(platform, user, "hook")
    return go("/account", done="notices-ended")


@router.get("/account/notices/confirm")
def show_confirmation(request: Request, user: Reader, secret: str = "") -> Response:
    """What the link in the mail leads to: a button, so that no program confirms by looking."""
    return page(request, "confirm_notices.html", user=user, secret=secret[:_LONGEST_SECRET])


@router.post("/account/notices/confirm")
def confirm(platform: PlatformHere, user: Reader, form: CheckedForm) -> Response:
    """Take the address for the reader's."""
    secret = field(form, "secret", maximum_characters=_LONGEST_SECRET)
    keep_notices.confirm_mail(platform, user, secret)
    return go("/account", done="notices-confirmed")
