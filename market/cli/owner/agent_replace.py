"""agent replace: another agent in the place of one that is lost, for everybody to see."""

from __future__ import annotations

from pathlib import Path

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.owner.agent_setup import client_account, made_agent
from market.cli.owner.own_home import open_agent_home
from market.cli.session import AGENT_HOME, CLIENT_HOME, Session, confirm, now, pass_session
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.owner.word.appoint import replace_agent
from market.vault.home import AgentHome, agent_exists
from market.vault.store.opening import open_store


@click.command("replace", cls=Leaf, epilog="Example: market agent replace --home /srv/agent-2")
@click.option("--passphrase", is_flag=True, help="Protect the keys with a passphrase.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@pass_session
def replace(session: Session, passphrase: bool, yes: bool) -> None:
    """Make an agent in the place of one that is lost for good, and appoint it.

    A backup is better: the lost agent's keys are not in the new one, so that its datasets are
    no longer answered until you publish them again. The appointment is numbered and buyers see it.
    The new agent has no budget until `market agent reconcile` has taken in what the agents before
    it have spent, from their receipts.
    """
    path = session.home_path(AGENT_HOME)
    confirm(session, "Is the earlier agent lost for good, with its backups?", yes=yes)
    account = client_account(session)
    home = _new_home(session, path, with_passphrase=passphrase)
    identity = Keyring(
        ClientHome(Session().home_path(CLIENT_HOME)), session.ask_passphrase
    ).identity()
    portal = session.connect(account.url, account.token)
    number = replace_agent(portal, identity, home.public_keys(), now=now())
    key = home.signing_key().public

    def render(output: Output) -> None:
        output.line(f"Agent {key.fingerprint()} in {path} is your agent now, number {number}.")
        output.line(f"Next: market agent reconcile --home {path}")

    document = {"home": str(path), "fingerprint": key.fingerprint(), "appointment": number}
    session.output.show(document, render)


def _new_home(session: Session, path: Path, *, with_passphrase: bool) -> AgentHome:
    """A home whose agent knows nothing yet; one that an interrupted replacement left is taken."""
    if (path / "agent.key").exists():
        home = open_agent_home(path)
        store = open_store(home.database_path)
        is_in_use = store.is_reconciled()
        store.close()
        if is_in_use:
            raise agent_exists(path)
        return home
    account = client_account(session)
    return made_agent(session, path, account, with_passphrase=with_passphrase, is_first=False)
