"""Keys and sign-in: made here, opened here, compared here; only public keys leave."""

from __future__ import annotations

import platform
from contextlib import suppress

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.client.http.portal_address import portal_address
from market.client.kept.login import login, logout
from market.client.kept.passphrase import passphrase_of, secret_of
from market.client.kept.pins import KINDS, Kind, pins
from market.client.results.colleagues import register_keys
from market.desk.desk import Desk
from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page
from market.errors import MarketError, NotPermitted, Refused, Unavailable

router = APIRouter()

_SCOPES = {"buyer": ("client",), "owner": ("client", "owner", "agent")}


@router.get("/sign-in")
def show_sign_in(request: Request, desk: DeskHere) -> HTMLResponse:
    """The form that signs in to a portal."""
    return page(request, "sign_in.html", error=None, url=_known_url(desk), name="")


@router.post("/sign-in", response_model=None)
def sign_in(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Sign in; the portal's key is compared by its words, when they are given."""
    url, name = field(form, "url").rstrip("/"), field(form, "user")
    try:
        url = portal_address(url)
        if words := field(form, "words"):
            desk.compare("platform", url, words)
        scopes = _SCOPES.get(field(form, "role"), _SCOPES["buyer"])
        label = f"market ui on {platform.node() or 'this machine'}"
        password = secret_of((form.get("password") or [""])[0])
        login(desk.client, url, name, password, scopes=scopes, label=label)
        _introduce(desk)
    except MarketError as error:
        return page(request, "sign_in.html", status=422, error=error, url=url, name=name)
    return go(request, "/", done="signed-in")


def _introduce(desk: Desk) -> None:
    """Tell a portal that knows no other key of its user's the one that is here, and the key that
    colleagues seal to."""
    if not desk.has_identity or desk.is_locked("client") or desk.account() is None:
        return
    own = desk.keyring.identity().public.hex
    if desk.portal().get("whoami")["identity_key"] in ("", own):
        _register(desk)


def _register(desk: Desk) -> None:
    user = desk.client.account().user
    register_keys(desk.portal(), desk.keyring, user, now=desk.clock())


def _known_url(desk: Desk) -> str:
    account = desk.account()
    return account.url if account else next((pin.name for pin in pins(desk.client, "platform")), "")


@router.post("/sign-out", dependencies=[FORM_CHECKED])
def sign_out(request: Request, desk: DeskHere) -> RedirectResponse:
    """End the token at the portal, and forget it here, whether or not the portal hears of it."""
    done = "signed-out"
    try:
        logout(desk.client)
    except NotPermitted:
        # The token had ended before.
        pass
    except Unavailable:
        done = "signed-out-here"
    return go(request, "/sign-in", done=done)


@router.get("/unlock")
def show_unlock(
    request: Request,
    whose: str = "client",
    next: str = "/",  # noqa: A002
) -> HTMLResponse:
    """The form that opens keys under a passphrase."""
    return page(request, "unlock.html", error=None, whose=_whose(whose), next=next)


@router.post("/unlock", response_model=None)
def unlock(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Keep the passphrase in this process, if it opens the keys."""
    whose, back = _whose(field(form, "whose")), field(form, "next")
    try:
        desk.unlock(whose, passphrase_of((form.get("passphrase") or [""])[0]))
    except MarketError as error:
        return page(request, "unlock.html", status=422, error=error, whose=whose, next=back)
    is_own = back.startswith("/") and not back.startswith("//")
    return go(request, back if is_own else "/", done="unlocked")


def _whose(text: str) -> str:
    return "agent" if text == "agent" else "client"


@router.post("/lock", dependencies=[FORM_CHECKED])
def lock(request: Request, desk: DeskHere) -> RedirectResponse:
    """Forget the passphrases."""
    desk.lock()
    return go(request, "/", done="locked")


@router.get("/keys")
def show_keys(request: Request, desk: DeskHere) -> HTMLResponse:
    """The person's key in words, and the keys they know others by."""
    return _keys_page(request, desk)


@router.post("/keys/new", response_model=None)
def make_key(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Make the person's identity, under a passphrase or a key file."""
    typed = (form.get("passphrase") or [""])[0]
    try:
        if typed != (form.get("again") or [""])[0]:
            raise Refused(
                "passphrase-differs", "The two passphrases are not the same.", "Type both again."
            )
        secret = passphrase_of(typed) if typed else None
        desk.keyring.make_identity(secret)
        if secret is not None:
            desk.unlock("client", secret)
    except MarketError as error:
        return _keys_page(request, desk, error=error)
    with suppress(Unavailable):
        # The page offers it again: the key is made, whether or not a portal answers now.
        _introduce(desk)
    return go(request, "/keys", done="identity-made")


@router.post("/keys/register", dependencies=[FORM_CHECKED])
def register_key(request: Request, desk: DeskHere) -> RedirectResponse:
    """Tell the portal the person's public key, with proof."""
    _register(desk)
    return go(request, "/keys", done="identity-registered")


@router.post("/keys/compare", response_model=None)
def compare_key(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Pin a key that was read out by a channel other than the portal."""
    kind: Kind = next((one for one in KINDS if one == field(form, "kind")), "owner")
    try:
        desk.compare(kind, field(form, "name"), field(form, "words"))
    except MarketError as error:
        return _keys_page(request, desk, error=error)
    return go(request, "/keys", done="pinned")


def _registered(desk: Desk) -> str | None:
    """The key that the portal knows its user by, which may be none; None where that is not seen:
    nobody is signed in, or the portal does not answer."""
    try:
        key: str = desk.portal().get("whoami")["identity_key"]
    except (NotPermitted, Refused, Unavailable):
        return None
    return key


def _keys_page(request: Request, desk: Desk, *, error: MarketError | None = None) -> HTMLResponse:
    key = desk.public_key()
    return page(
        request,
        "keys.html",
        status=422 if error else 200,
        error=error,
        fingerprint=key.fingerprint() if key else "",
        registered=_registered(desk),
        public_key=key.hex if key else "",
        pins=[pin for kind in KINDS for pin in pins(desk.client, kind)],
        home=desk.client.path,
    )
