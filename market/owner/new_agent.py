"""Make an owner's agent, on whose behalf it speaks to the portal included."""

from __future__ import annotations

from pathlib import Path

from crypto.secret import Secret
from market.client.http.api import PortalClient
from market.client.kept.home import Account
from market.errors import NotPermitted
from market.vault.home import AgentHome, Entropy
from market.vault.set_up import set_up_agent
from market.vault.settings import AgentSettings


def check_may_appoint(portal: PortalClient, account: Account) -> None:
    """That an account's token may appoint an agent (raises NotPermitted: `token-scope`)."""
    scopes = portal.get("tokens/current")["scopes"]
    if "agent" not in scopes:
        raise NotPermitted(
            "token-scope",
            f"The client's token has the scopes {', '.join(scopes)}; agent is needed.",
            f"Sign in again as one who owns data: market login {account.url} --user "
            f"{account.user} --scope client --scope owner --scope agent",
        )


def new_agent(
    portal: PortalClient,
    account: Account,
    path: Path,
    *,
    passphrase: Secret | None,
    is_first: bool,
    entropy: Entropy,
) -> AgentHome:
    """A new agent's home and store, which speaks with the account's token.

    Args:
        passphrase: what opens its keys; without one a key file beside them does.
        is_first: that the owner has had no agent before.

    Raises:
        Conflict: `agent-exists`, or another process makes one.
    """
    token = portal.get("tokens/current")
    settings = AgentSettings(
        account.url,
        account.token,
        account.platform_key,
        user=account.user,
        token_ends_at=token["expires_at"],
    )
    return set_up_agent(path, settings, entropy=entropy, passphrase=passphrase, is_first=is_first)
