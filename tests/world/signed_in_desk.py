"""A desk whose person is signed in at a live market, with the key that the market knows them by."""

from __future__ import annotations

from pathlib import Path

from crypto.keyfile import wrap
from crypto.secret import Secret
from market.adapters.private_files import write_private
from market.client.kept.home import Account, ClientHome
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket
from world.members_live import LiveMembers
from world.people import a_key
from world.unlocking import next_unlock

SCOPES = ("client", "owner", "agent")


def signed_in_home(
    market: LiveMarket | LiveMembers, path: Path, user: str, *scopes: str
) -> ClientHome:
    """A client's home as sign-in leaves it."""
    home = ClientHome(path)
    unlock = next_unlock()
    write_private(home.unlock_path, unlock)
    write_private(home.identity_path, wrap(a_key(user).seed(), Secret(unlock), kind="identity"))
    token = market.token(user, *(scopes or ("client",)))
    home.save_account(Account(market.url, user, token, market.platform.identity.public.hex))
    return home


def signed_in_desk(market: LiveMarket, root: Path, user: str) -> DeskBrowser:
    """A browser at this user's desk."""
    signed_in_home(market, root / "client", user)
    return DeskBrowser.at(root)
