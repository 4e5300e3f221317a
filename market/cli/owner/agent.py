"""agent: the owner's key agent, in its own home, on the owner's machine."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from typing import Any

import click
from prometheus_client import CollectorRegistry

from crypto.identity import PublicKey
from market.agent.agent import Agent
from market.agent.loop import Clock, run
from market.agent.measures import AgentCollector
from market.agent.stop import Stop
from market.agent.warm_up import warm_up
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output
from market.cli.owner.own_home import open_agent_home
from market.cli.session import (
    AGENT_HOME,
    Session,
    pass_session,
)
from market.client.http.api import PortalClient
from market.entities.account import MAXIMUM_UNITS
from market.log import configure_logging
from market.policy.budget.accounts import flooding_account, people_accounts
from market.pricing.loss import rho_text
from market.processes.scrape import scraped_at
from market.vault.consortia import held_agreements, read_membership
from market.vault.holdings import held_versions, read_holding
from market.vault.home import AgentHome
from market.vault.store.chain import head
from market.vault.store.opening import AgentStore, open_store
from market.vault.store.replies import waiting_replies
from market.vault.store.spending import balances

COMMANDS = {
    "init": Lazy("owner.agent_setup:init", "Make an agent's home and keys."),
    "login": Lazy("owner.agent_setup:login", "Give the agent a new token."),
    "run": Lazy("owner.agent:run_command", "Approve and release, until told to stop."),
    "replace": Lazy("owner.agent_replace:replace", "Appoint a new agent in a lost one's place."),
    "status": Lazy("owner.agent:status", "What the agent holds, owes and has spent."),
    "backup": Lazy("owner.agent_backup:backup_command", "Write an encrypted archive."),
    "restore": Lazy("owner.agent_backup:restore_command", "Make an agent from an archive."),
    "migrate": Lazy(
        "owner.agent_migrate:migrate_agent", "Bring an earlier release's agent up to date."
    ),
    "reconcile": Lazy("owner.agent_backup:reconcile_command", "Bring a restored agent up to date."),
}


@click.group("agent", cls=LazyGroup, lazy=COMMANDS)
def agent() -> None:
    """The key agent: it holds your datasets' keys, decides by your policy, debits, adds the noise.

    It runs at the owner, under an account of its own where possible, reaches the portal outbound
    only, and is not started by `market up`. --home is its home (MARKET_AGENT_HOME).
    """


@click.command("run", cls=Leaf, epilog="Example: market agent run --home /srv/agent")
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65_535),
    default=0,
    envvar="MARKET_AGENT_METRICS_PORT",
    help="Serve the agent's metrics to Prometheus at this port; 0 for none.",
)
@click.option(
    "--metrics-host",
    default="127.0.0.1",
    envvar="MARKET_AGENT_METRICS_HOST",
    help="The address they are served at.  [default: 127.0.0.1]",
)
@pass_session
def run_command(session: Session, metrics_port: int, metrics_host: str) -> None:
    """Approve by policy and release what is evaluated, until SIGTERM or Ctrl-C.

    Releases leave in fixed time slots. If the portal is away, or the token has ended, the agent
    goes on asking; `market agent login` gives it a new one without a restart.
    """
    home = open_agent_home(session.home_path(AGENT_HOME))
    settings = home.settings()
    store = open_store(home.database_path)
    configure_logging(sys.stderr)
    stop = Stop()
    stop.listen()
    portal = PortalClient(settings.url, home.token, waiting=stop.waiting)
    working = Agent(home, store, portal, secrets.token_bytes)
    registry = CollectorRegistry()
    registry.register(AgentCollector(working))
    try:
        with scraped_at(metrics_host, metrics_port, registry):
            warm_up(secrets.token_bytes)
            run(
                working,
                poll_seconds=settings.poll_seconds,
                slot_seconds=settings.slot_seconds,
                clock=Clock(sleep=stop.sleep),
                should_stop=stop.is_asked,
            )
    finally:
        portal.close()
        store.close()
    session.output.note("The agent has stopped.")


@click.command("status", cls=Leaf, epilog="Example: market agent status --json")
@pass_session
def status(session: Session) -> None:
    """Show the agent's tables with their budgets, its newest receipt, and what waits to leave.

    A table bound to a consortium stands under the consortium's name, with its binding's version.
    """
    home = open_agent_home(session.home_path(AGENT_HOME))
    store = open_store(home.database_path)
    try:
        sequence, receipt_hash = head(store)
        document: dict[str, Any] = {
            "fingerprint": home.signing_key().public.fingerprint(),
            "platform_fingerprint": PublicKey.parse(home.settings().platform_key).fingerprint(),
            "portal": home.settings().url,
            "is_reconciled": store.is_reconciled(),
            "last_sequence": sequence,
            "last_receipt": receipt_hash,
            "replies_waiting": len(waiting_replies(store)),
            "datasets": [
                *(_dataset(home, store, *held) for held in held_versions(home)),
                *_bound_tables(home, store),
            ],
        }
    finally:
        store.close()
    session.output.show(document, lambda output: _render_status(output, document))


def _dataset(home: AgentHome, store: AgentStore, dataset: str, version: int) -> dict[str, Any]:
    manifest = read_holding(home, dataset, version).manifest.record
    accounts = (*people_accounts(manifest), flooding_account(manifest.key_id))
    return _budgets(store, dataset, version, accounts)


def _bound_tables(home: AgentHome, store: AgentStore) -> Iterator[dict[str, Any]]:
    """Those of agreements that are the newest of their consortium."""
    for consortium, number in held_agreements(home):
        membership = read_membership(home, consortium, number)
        if membership.table is not None and number == membership.newest_number:
            binding = membership.table.binding
            yield _budgets(store, consortium, binding.version, people_accounts(binding))


def _budgets(
    store: AgentStore, dataset: str, version: int, accounts: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "version": version,
        "accounts": [
            {
                "account": balance.account,
                "cap_units": balance.cap_units,
                "spent_units": balance.spent_units,
                "reserved_units": balance.reserved_units,
            }
            for balance in balances(store, accounts).values()
            # Without a declared total the account over all periods limits nothing.
            if balance.cap_units < MAXIMUM_UNITS
        ],
    }


def _render_status(output: Output, document: dict[str, Any]) -> None:
    names = ("fingerprint", "portal", "is_reconciled", "last_sequence", "replies_waiting")
    output.fields([(name.replace("_", " "), document[name]) for name in names])
    output.line("")
    rows = [
        (
            dataset["dataset"],
            dataset["version"],
            account["account"][:40],
            *(_amount(account, name) for name in ("spent", "reserved", "cap")),
        )
        for dataset in document["datasets"]
        for account in dataset["accounts"]
    ]
    columns = ("dataset", ">version", "account", ">spent", ">reserved", ">cap")
    empty = "It holds no dataset. Publish one: market dataset publish dataset.toml table.csv"
    output.table(columns, rows, empty=empty)


def _amount(account: dict[str, Any], name: str) -> str:
    """Privacy loss as rho; a key's flooding as its part of what the key may ever spend."""
    units, cap = account[f"{name}_units"], account["cap_units"]
    if account["account"].startswith("lineage/"):
        return f"rho {rho_text(units)}"
    return f"{100 * units / cap:.4f} %"
