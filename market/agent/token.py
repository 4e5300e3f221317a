"""The agent's token: warned of before it ends, and renewed while the agent runs.

The portal's word on when a token ends only decides when to warn. A new token takes the old one's
place in agent.toml, which a running agent reads at every call; the key of the portal stays the one
pinned when the agent was set up.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from crypto.identity import PublicKey
from crypto.secret import Secret
from market.client.http.api import PortalClient
from market.client.http.problems import NOT_SIGNED_IN
from market.client.kept.login import request_token
from market.errors import MarketError, NotFound, NotPermitted, Refused
from market.policy.operation.tokens import WARNED_SECONDS
from market.vault.home import check_private
from market.vault.settings import AgentSettings, read_settings, write_settings

SCOPES = ("agent",)
_DAY_SECONDS = 86_400


def login_command(path: Path) -> str:
    """What the owner types for a new token."""
    return f"market agent login --home {shlex.quote(str(path))}"


def ended(path: Path) -> NotPermitted:
    """The portal knows the token no more: it ended, was revoked, or the password was changed."""
    return NotPermitted(
        "agent-token-ended",
        "The portal does not take the agent's token any more: it has ended or was revoked.",
        f"Run {login_command(path)}; an agent that runs goes on by itself, without a restart.",
    )


@contextmanager
def token_of(path: Path) -> Iterator[None]:
    """Where the portal is asked: a token it does not take is told as such (raises `ended`)."""
    try:
        yield
    except NotPermitted as error:
        if error.code == NOT_SIGNED_IN:
            raise ended(path) from error
        raise


def days_left(settings: AgentSettings, *, now: int) -> int | None:
    """Whole days until the token ends, once that is worth a warning; None before, and afterwards.

    A token that has ended is told by the portal's refusal, not by this machine's clock.
    """
    left = settings.token_ends_at - now
    return -(-left // _DAY_SECONDS) if 0 < left <= WARNED_SECONDS else None


def renew(path: Path, user: str, password: Secret, *, label: str) -> AgentSettings:
    """Sign in anew for an agent's home, running or not; the token before ends.

    Args:
        user: empty for the one the agent was set up for.

    Raises:
        NotFound: no agent there.
        NotPermitted: wrong user or password.
        Refused: `platform-key-changed`, `agent-user`, `home-not-private`, `settings-invalid`.
    """
    if not (path / "agent.key").exists():
        raise NotFound("no-agent", f"There is no agent in {path}.", "Run `market agent init`.")
    check_private(path)
    settings = read_settings(path / "agent.toml")
    if not (user or settings.user):
        raise Refused("agent-user", "This agent's home names no user.", "Give it: --user.")
    if user and settings.user not in ("", user):
        raise Refused(
            "agent-user",
            f"This agent answers for {settings.user}, not for {user}.",
            f"Sign in as {settings.user}; another user's agent has another home.",
        )
    portal = PortalClient(settings.url)
    try:
        _check_key(portal.get("platform")["public_key"], settings)
        issued = request_token(portal, user or settings.user, password, SCOPES, label)
    finally:
        portal.close()
    renewed = replace(settings, token=issued.token, token_ends_at=issued.ends_at, user=issued.user)
    write_settings(path / "agent.toml", renewed)
    _end(settings)
    return renewed


def _check_key(shown: str, settings: AgentSettings) -> None:
    if shown != settings.platform_key:
        seen, pinned = (
            PublicKey.parse(key).fingerprint() for key in (shown, settings.platform_key)
        )
        raise Refused(
            "platform-key-changed",
            f"The portal at {settings.url} shows the key {seen}; the agent knows {pinned}.",
            "Your password was not sent. Ask the portal's operator by another channel.",
        )


def _end(settings: AgentSettings) -> None:
    """End the token before, if it was the agent's alone: a client's may be in use elsewhere."""
    portal = PortalClient(settings.url, settings.token)
    try:
        # It may have ended by itself; the new one is kept already.
        with suppress(MarketError):
            if portal.get("tokens/current")["scopes"] == list(SCOPES):
                portal.delete("tokens/current")
    finally:
        portal.close()
