"""agent init, agent login: an agent's home and keys, and the token it speaks to the portal with."""

from __future__ import annotations

import platform
import secrets
import tempfile
from pathlib import Path

import click

from market.agent.token import SCOPES, renew
from market.cli.lazy import Leaf
from market.cli.output import Output, date
from market.cli.session import (
    AGENT_HOME,
    AGENT_PASSPHRASE_FILE,
    CLIENT_HOME,
    Session,
    ask_secret,
    new_passphrase,
    pass_session,
    read_secret_file,
)
from market.client.http.portal_address import portal_address
from market.client.kept import login as client_login
from market.client.kept.home import Account, ClientHome
from market.owner.new_agent import check_may_appoint, new_agent
from market.owner.word.appoint import require_none
from market.vault.home import AgentHome, agent_exists


@click.command("init", cls=Leaf, epilog="Example: market agent init --home /srv/agent")
@click.option("--url", help="Portal, when no client home on this machine is signed in.")
@click.option("--user", help="Your user id at the portal, with --url; its password is asked for.")
@click.option("--passphrase", is_flag=True, help="Protect the keys with a passphrase.")
@pass_session
def init(session: Session, url: str | None, user: str | None, passphrase: bool) -> None:
    """Make an agent's home, its signing key and its ledger.

    The agent uses the token of the client's login on this machine, which needs the scope agent; or,
    with --url and --user, a token of its own. Without a passphrase a key file beside the keys (mode
    0600) unlocks them, so that the agent starts by itself. With --passphrase one is asked for; the
    file that MARKET_AGENT_PASSPHRASE_FILE names gives it here and at every later start.

    You have one agent: your first publication appoints it, and no other is made after that.
    """
    if (url is None) != (user is None):
        raise click.UsageError("--url and --user go together.")
    path = session.home_path(AGENT_HOME)
    if (path / "agent.key").exists():
        raise agent_exists(path)
    if url is not None and user is not None:
        account = _sign_in(session, url, user)
    else:
        account = client_account(session)
    require_none(session.connect(account.url, account.token))
    home = made_agent(session, path, account, with_passphrase=passphrase, is_first=True)
    key = home.signing_key().public

    def render(output: Output) -> None:
        output.line(f"Made agent {key.fingerprint()} in {path}.")
        output.line(
            "Next: market dataset publish, or market consortium join; then market agent run. Keep "
            "a backup."
        )

    document = {"home": str(path), "agent_key": key.hex, "fingerprint": key.fingerprint()}
    session.output.show(document, render)


def made_agent(
    session: Session, path: Path, account: Account, *, with_passphrase: bool, is_first: bool
) -> AgentHome:
    """A new agent's home and store (market.owner.new_agent)."""
    secret = new_passphrase(
        "New passphrase of the agent", AGENT_PASSPHRASE_FILE, wanted=with_passphrase
    )
    portal = session.connect(account.url, account.token)
    return new_agent(
        portal, account, path, passphrase=secret, is_first=is_first, entropy=secrets.token_bytes
    )


def client_account(session: Session) -> Account:
    """The owner's account, whose token may appoint an agent.

    Raises:
        NotPermitted: `not-signed-in`.
        NotPermitted: its token has not the scope `agent`.
    """
    # --home is the agent's here; the client's is where its own variable says.
    account = ClientHome(Session().home_path(CLIENT_HOME)).account()
    check_may_appoint(session.connect(account.url, account.token), account)
    return account


def _sign_in(session: Session, url: str, user: str) -> Account:
    url = portal_address(url)
    password = ask_secret("Password")
    person = ClientHome(Session().home_path(CLIENT_HOME))
    # The agent keeps token and key in its own agent.toml; what the person has pinned holds for it.
    with tempfile.TemporaryDirectory(prefix="market-login-") as name:
        home = ClientHome(Path(name), session.tell_first_sight, pins_path=person.pins_path)
        return client_login.login(home, url, user, password, scopes=SCOPES, label=_label())


@click.command("login", cls=Leaf, epilog="Example: market agent login --home /srv/agent")
@click.option("--user", help="Your user id; else the one the agent was set up for.")
@click.option("--password-file", type=click.Path(path_type=Path), help="First line: the password.")
@pass_session
def login(session: Session, user: str | None, password_file: Path | None) -> None:
    """Give the agent a new token. A running agent takes it up without a restart.

    Tokens end after 90 days, when your password is changed, and when they are revoked. The password
    is asked for, or read as one line of standard input, or from a file; it is not kept. Nothing
    else of the agent changes.
    """
    path = session.home_path(AGENT_HOME)
    password = read_secret_file(password_file) if password_file else ask_secret("Password")
    settings = renew(path, user or "", password, label=_label())
    ends = date(settings.token_ends_at)

    def render(output: Output) -> None:
        output.line(f"The agent in {path} has a new token for {settings.user}, until {ends} UTC.")

    document = {"home": str(path), "user": settings.user, "token_ends_at": settings.token_ends_at}
    session.output.show(document, render)


def _label() -> str:
    return f"agent on {platform.node() or 'this machine'}"
