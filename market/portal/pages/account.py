"""A user's own account: identity key, password, sessions, API tokens."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from crypto.identity import PublicKey
from market.entities.notices import CHANNELS
from market.portal.access import (
    CSRF_CHECKED,
    AskedFrom,
    CheckedForm,
    Now,
    PlatformHere,
    Reader,
    SettingsHere,
    field,
    forget_session,
    session_of,
)
from market.portal.pages.page import go, page
from market.services.access.limits import read_own_share
from market.services.inbox.keep_notices import read_addresses
from market.services.people import keep_tokens
from market.services.people.choose_password import change_password
from market.services.people.read_organisation import read_organisation

router = APIRouter(include_in_schema=False)


@router.get("/account")
def account(
    request: Request, platform: PlatformHere, settings: SettingsHere, user: Reader, now: Now
) -> Response:
    """Who the reader is, the fingerprint of their key, their live sessions and tokens."""
    tokens = [t for t in keep_tokens.list_tokens(platform, user) if t.expires_at > now]
    return page(
        request,
        "account.html",
        user=user,
        organisation=read_organisation(platform, user),
        share=read_own_share(platform, user, now=now),
        key_fingerprint=(
            PublicKey.parse(user.identity_key).fingerprint() if user.identity_key else ""
        ),
        notices=dict.fromkeys(CHANNELS)
        | {one.channel: one for one in read_addresses(platform, user)},
        sends_mail=bool(settings.smtp_host),
        sessions=keep_tokens.list_sessions(platform, user, now=now),
        this_session=keep_tokens.session_id(session_of(request)),
        tokens=tokens,
    )


@router.post("/account/sessions/{session_id}/end", dependencies=[CSRF_CHECKED])
def end_session(session_id: str, platform: PlatformHere, user: Reader) -> Response:
    """End one of the reader's sessions, in Airflow too."""
    keep_tokens.end_session(platform, user, session_id)
    return go("/account", done="session-ended")


@router.post("/account/tokens/{token_id}/revoke", dependencies=[CSRF_CHECKED])
def revoke(token_id: str, platform: PlatformHere, user: Reader, now: Now) -> Response:
    """End one of the reader's tokens."""
    keep_tokens.revoke_token(platform, user, token_id, now=now)
    return go("/account", done="token-revoked")


@router.post("/account/password")
def password(
    request: Request,
    platform: PlatformHere,
    user: Reader,
    network: AskedFrom,
    now: Now,
    form: CheckedForm,
) -> Response:
    """Change the reader's password, which ends every session and token of theirs."""
    change_password(
        platform,
        user,
        field(form, "old", maximum_characters=1_000),
        field(form, "new", maximum_characters=1_000),
        network=network,
        now=now,
    )
    response = go("/sign-in", done="password-changed")
    forget_session(request, response)
    return response
