"""login, logout, whoami."""

from __future__ import annotations

import platform
from pathlib import Path

import click

from crypto.identity import PublicKey
from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, ask_secret, pass_session, read_secret_file
from market.client.http.portal_address import portal_address
from market.client.kept import login
from market.errors import NotPermitted, Refused


@click.command("login", cls=Leaf, epilog="Example: market login http://127.0.0.1:8420 --user ada")
@click.argument("url", required=False)
@click.option("--user", help="Your user id at the portal.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["client", "owner", "agent"]),
    default=("client",),
    show_default=True,
    help="What the token may do; may be repeated.",
)
@click.option("--password-file", type=click.Path(path_type=Path), help="First line: the password.")
@pass_session
def login_command(
    session: Session,
    url: str | None,
    user: str | None,
    scopes: tuple[str, ...],
    password_file: Path | None,
) -> None:
    """Sign in to the portal at URL and pin its public key.

    The password is asked for, or read as one line of standard input, or from a file. The portal's
    key is the one pinned by `market pin platform`, or remembered at first sight: a portal that
    shows another key later is refused. Who is signed in already may leave URL and --user out, to
    ask for other scopes.
    """
    if (session.client_home.path / "agent.key").exists():
        raise Refused(
            "agent-home",
            f"{session.client_home.path} is an agent's home; a client's login does nothing there.",
            f"market agent login --home {session.client_home.path}",
        )
    url, user = _who(session, url, user)
    # Before the password is asked for: nobody should type one for an address that cannot be.
    url = portal_address(url)
    password = read_secret_file(password_file) if password_file else ask_secret("Password")
    label = f"market on {platform.node() or 'this machine'}"
    account = login.login(session.client_home, url, user, password, scopes=scopes, label=label)
    fingerprint = PublicKey.parse(account.platform_key).fingerprint()
    document = {
        "url": account.url,
        "user": account.user,
        "scopes": list(scopes),
        "platform_key": account.platform_key,
        "platform_fingerprint": fingerprint,
    }

    def render(output: Output) -> None:
        output.line(f"Signed in to {account.url} as {account.user}.")
        output.line(f"The portal's key is {fingerprint}, pinned in {session.client_home.path}.")

    session.output.show(document, render)


def _who(session: Session, url: str | None, user: str | None) -> tuple[str, str]:
    if url is not None and user is not None:
        return url, user
    try:
        account = session.account
    except NotPermitted as error:
        raise click.UsageError("The first login needs URL and --user.") from error
    return url or account.url, user or account.user


@click.command("logout", cls=Leaf, epilog="Example: market logout")
@pass_session
def logout_command(session: Session) -> None:
    """End the token at the portal and forget it here. Keys, pins and jobs stay."""
    account = login.logout(session.client_home)
    session.output.show(
        {"url": account.url, "user": account.user},
        lambda output: output.line(f"Signed out {account.user} from {account.url}."),
    )


@click.command("whoami", cls=Leaf, epilog="Example: market whoami --json")
@pass_session
def whoami(session: Session) -> None:
    """Who is signed in where, with which roles, scopes and identity key."""
    answer = session.portal().get("whoami")
    key = answer["identity_key"]
    fingerprint = PublicKey.parse(key).fingerprint() if key else ""
    document = {**answer, "url": session.account.url, "fingerprint": fingerprint}

    def render(output: Output) -> None:
        output.fields(
            [
                ("user", f"{answer['user']} ({answer['name']})"),
                ("organisation", answer["organisation"]),
                ("roles", ", ".join(answer["roles"])),
                ("scopes", ", ".join(answer["scopes"])),
                ("identity", fingerprint or "none registered: market keys register"),
                ("portal", session.account.url),
            ]
        )

    session.output.show(document, render)
