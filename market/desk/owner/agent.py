"""The person's key agent: made here, run here for as long as the desk runs, saved to an archive."""

from __future__ import annotations

import secrets
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.client.kept.passphrase import passphrase_of
from market.desk.desk import Desk
from market.desk.owner.catch_up import begin_catching_up
from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page
from market.errors import MarketError, Refused
from market.owner.new_agent import check_may_appoint, new_agent
from market.owner.word.appoint import require_none
from market.vault.backup import backup
from market.vault.store.chain import head
from market.vault.store.replies import waiting_replies

router = APIRouter()

_MOST_DIGITS = 12


@router.get("/agent")
def show_agent(request: Request, desk: DeskHere) -> HTMLResponse:
    """The agent: whether it answers, and how it is saved."""
    return _agent_page(request, desk)


@router.post("/agent/new", response_model=None)
def make_agent(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Make the agent, with the token the person is signed in with."""
    typed = (form.get("passphrase") or [""])[0]
    try:
        if typed != (form.get("again") or [""])[0]:
            raise Refused(
                "passphrase-differs", "The two passphrases are not the same.", "Type both again."
            )
        passphrase = passphrase_of(typed) if typed else None
        portal, account = desk.portal(), desk.client.account()
        check_may_appoint(portal, account)
        require_none(portal)
        new_agent(
            portal,
            account,
            desk.agent_path,
            passphrase=passphrase,
            is_first=True,
            entropy=secrets.token_bytes,
        )
        if passphrase is not None:
            desk.unlock("agent", passphrase)
    except MarketError as error:
        return _agent_page(request, desk, error=error)
    return go(request, "/tables", done="agent-made")


@router.post("/agent/run", dependencies=[FORM_CHECKED])
def run_agent(request: Request, desk: DeskHere) -> RedirectResponse:
    """Have the agent answer while the desk runs."""
    with desk.agent() as (_, store):
        store.check_reconciled()
    desk.agent_process.begin(desk.agent_passphrase())
    return go(request, "/agent", done="agent-runs")


@router.post("/agent/rest", dependencies=[FORM_CHECKED])
def rest_agent(request: Request, desk: DeskHere) -> RedirectResponse:
    """Stop the agent that this desk has started."""
    desk.agent_process.end()
    return go(request, "/agent", done="agent-rests")


@router.post("/agent/catch-up", response_model=None)
def catch_up(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Have the agent take in what it has missed."""
    typed = field(form, "last_sequence")
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS):
        malformed = Refused(
            "form-malformed",
            f"{typed[:40]!r} is no number of a receipt.",
            "Give the number of the newest receipt that you know of, or none.",
        )
        return _agent_page(request, desk, error=malformed)
    work = begin_catching_up(desk, int(typed) if typed else None)
    return go(request, f"/undertakings/{work.number}")


@router.post("/agent/backup", response_model=None)
def save_agent(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Write an encrypted archive of the agent to a path of this machine."""
    try:
        typed = field(form, "archive")
        if not typed:
            raise Refused("path-missing", "No path was given.", "Say where the archive is to lie.")
        with desk.agent() as (home, _):
            backup(home, Path(typed).expanduser(), entropy=secrets.token_bytes)
    except MarketError as error:
        return _agent_page(request, desk, error=error)
    except OSError as error:
        failed = Refused(
            "path-unusable",
            f"{typed[:200]} cannot be written: {error.strerror or type(error).__name__}.",
            "Give a path in a folder that you may write to.",
        )
        return _agent_page(request, desk, error=failed)
    return go(request, "/agent", done="agent-saved")


def _agent_page(request: Request, desk: Desk, *, error: MarketError | None = None) -> HTMLResponse:
    status = 422 if error else 200
    if not desk.has_agent:
        return page(request, "agent_new.html", status=status, error=error, home=desk.agent_path)
    with desk.agent() as (home, store):
        context = {
            "fingerprint": home.signing_key().public.fingerprint(),
            "settings": home.settings(),
            "is_reconciled": store.is_reconciled(),
            "last_sequence": head(store)[0],
            "waiting": len(waiting_replies(store)),
            "has_key_file": (home.path / "unlock").exists(),
        }
    return page(
        request,
        "agent.html",
        status=status,
        error=error,
        home=desk.agent_path,
        pid=desk.agent_process.pid,
        is_anywhere=desk.agent_process.is_anywhere,
        caught_up=desk.caught_up,
        now=desk.clock(),
        **context,
    )
