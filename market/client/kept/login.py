"""Sign in and out of one portal. The portal's key is pinned beforehand, or at the first login.

The pin outlives the login: what the portal countersigns is checked against it for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.identity import PublicKey
from crypto.secret import Secret
from market.client.http.api import PortalClient
from market.client.http.portal_address import portal_address
from market.client.kept.home import Account, ClientHome
from market.client.kept.pins import check_pin


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as the portal issued it, and when it says it ends (Unix seconds)."""

    user: str
    token: str
    ends_at: int


def request_token(
    portal: PortalClient, user: str, password: Secret, scopes: tuple[str, ...], label: str
) -> Issued:
    """A new token of these scopes, under a label that its user will recognise.

    Raises:
        NotPermitted: wrong user or password.
    """
    answer = portal.post(
        "tokens",
        {
            "user": user,
            "password": password.reveal().decode(),
            "label": label,
            "scopes": list(scopes),
        },
    )
    return Issued(answer["user"], answer["token"], answer["expires_at"])


def login(
    home: ClientHome, url: str, user: str, password: Secret, *, scopes: tuple[str, ...], label: str
) -> Account:
    """A new token for `user`, stored in the home.

    Raises:
        NotPermitted: wrong user or password.
        Refused: `address-malformed`; `platform-key-changed` when the portal shows another key than
            at first.
    """
    portal = PortalClient(portal_address(url))
    try:
        told = portal.get("platform")
        shown = PublicKey.parse(told["public_key"]).hex
        check_pin(home, "platform", portal.url, shown)
        issued = request_token(portal, user, password, scopes, label)
    finally:
        portal.close()
    account = Account(portal.url, issued.user, issued.token, shown, str(told["currency"]))
    home.save_account(account)
    return account


def logout(home: ClientHome) -> Account:
    """End the token, and forget it whether or not the portal answers; the account it was for.

    Raises:
        NotPermitted: `not-signed-in`.
        MarketError: the portal did not end it.
    """
    account = home.account()
    portal = PortalClient(account.url, account.token)
    try:
        portal.delete("tokens/current")
    finally:
        portal.close()
        home.forget_account()
    return account
