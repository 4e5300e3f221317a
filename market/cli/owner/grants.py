"""grant: entitlement of one buyer, signed by the owner."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output, date, key_text
from market.cli.owner.own_home import agent_home_option, open_agent_home
from market.cli.session import Session, ask_line, now, pass_session
from market.errors import NotFound
from market.owner.word.grants import (
    Allocation,
    allocated_rho_units,
    compared_buyer,
    give_grant,
    newest_holding,
    revoke_grant,
)
from market.policy.listing.entitlement import GrantState, grant_states
from market.pricing.loss import rho_text
from market.records.grant import Grant
from market.records.signed import open_signed

_DAY_SECONDS = 24 * 3_600
_OWNER = "owner"

COMMANDS = {
    "give": Lazy("owner.grants:give", "Let one buyer ask.", _OWNER),
    "decline": Lazy("owner.grants:decline", "Turn down who asks for one.", _OWNER),
    "revoke": Lazy("owner.grants:revoke", "End a grant.", _OWNER),
    "list": Lazy("owner.grants:list_command", "Grants on a dataset, and who asks for one.", _OWNER),
}


@click.group("grant", cls=LazyGroup, lazy=COMMANDS)
def grant() -> None:
    """Grants: who may ask a dataset of yours, for how much, until when."""


@click.command(
    "give",
    cls=Leaf,
    epilog="Example: market grant give visits-2024 --epsilon 1 --days 90",
)
@click.argument("dataset")
@click.option("--words", help="The words of the buyer's key, as they read them out to you.")
@click.option("--buyer", help="Fingerprint the key must have, to be sure.")
@click.option("--epsilon", help="All they may spend; else the policy's part of one buyer.")
@click.option("--days", type=click.IntRange(1, 3_650), default=365, show_default=True)
@agent_home_option
@pass_session
def give(
    session: Session,
    dataset: str,
    words: str | None,
    buyer: str | None,
    epsilon: str | None,
    days: int,
    agent_home: Path | None,
) -> None:
    """Let one buyer ask DATASET: the one who reads the words of their key out to you.

    The portal only says who asks. Have the buyer read out `market keys show` by another channel, by
    telephone or face to face, and type what you hear; four letters of a word are enough. The grant
    replaces any you gave them on DATASET before. The dataset's own budget limits every grant.
    """
    portal = session.portal()
    asked = _waiting(portal.get(f"datasets/{dataset}/access-requests"))
    if words is None:
        _tell_who_asks(session.output, asked)
        words = ask_line("Words the buyer reads out to you")
    key = compared_buyer(words, buyer)
    home = open_agent_home(session.agent_home_path(agent_home))
    holding = newest_holding(home, dataset)
    at = now()
    replaced = holding.grant_of(key, now=at)
    rho_units = allocated_rho_units(holding.policy, epsilon or "")
    allocation = Allocation(dataset, key, rho_units, at + days * _DAY_SECONDS)
    identity = session.keyring.identity()
    made = give_grant(portal, identity, home, allocation, now=at, entropy=secrets.token_bytes)

    def render(output: Output) -> None:
        output.line(f"Grant {made.grant}: rho {rho_text(made.rho_units)} of {dataset}")
        output.line(f"until {date(made.expires_at)}, for {_asker(asked, key)} with the key")
        output.key(key)
        if replaced:
            rho = rho_text(replaced.rho_units)
            output.line(f"It replaces grant {replaced.grant}: rho {rho}.")

    session.output.show(_document(made, "live"), render)


@click.command(
    "decline",
    cls=Leaf,
    epilog="Example: market grant decline visits-2024 eve --reason 'Only for research.'",
)
@click.argument("dataset")
@click.argument("user")
@click.option("--reason", default="", help="What they read. Say nothing about the data.")
@pass_session
def decline(session: Session, dataset: str, user: str, reason: str) -> None:
    """Turn down what USER asked for: access to DATASET. They may ask again."""
    portal = session.portal()
    waiting = _waiting(portal.get(f"datasets/{dataset}/access-requests"))
    asked = [one["request"] for one in waiting if one["user"] == user]
    if not asked:
        raise NotFound(
            "nobody-asks",
            f"No request of {user!r:.100} for access to {dataset} waits.",
            f"Look at who asks: market grant list {dataset}",
        )
    for wish in asked:
        portal.post(f"datasets/{dataset}/access-requests/{wish}/decline", {"answer": reason})
    session.output.show(
        {"dataset": dataset, "user": user, "state": "declined"},
        lambda output: output.line(f"Declined: {user} is not let in to {dataset}."),
    )


@click.command("revoke", cls=Leaf, epilog="Example: market grant revoke visits-2024 5d41...")
@click.argument("dataset")
@click.argument("grant_id", metavar="GRANT")
@agent_home_option
@pass_session
def revoke(session: Session, dataset: str, grant_id: str, agent_home: Path | None) -> None:
    """End GRANT on DATASET. Releases already made stay."""
    home = open_agent_home(session.agent_home_path(agent_home))
    identity = session.keyring.identity()
    revoke_grant(session.portal(), identity, home, dataset, grant_id, now=now())
    session.output.show(
        {"grant": grant_id, "dataset": dataset, "state": "revoked"},
        lambda output: output.line(f"Revoked grant {grant_id}."),
    )


@click.command("list", cls=Leaf, epilog="Example: market grant list visits-2024")
@click.argument("dataset")
@pass_session
def list_command(session: Session, dataset: str) -> None:
    """List the grants on DATASET, and who waits for one."""
    portal = session.portal()
    given = [
        (open_signed(Grant, one["grant"].encode()).record, bool(one["revoked"]))
        for one in portal.get(f"datasets/{dataset}/grants")
    ]
    revoked = {record.grant for record, is_revoked in given if is_revoked}
    states = grant_states((record for record, _ in given), revoked, now=now())
    found = [_document(record, states[record.grant]) for record, _ in given]
    asked = portal.get(f"datasets/{dataset}/access-requests")

    def render(output: Output) -> None:
        rows = [
            (
                one["grant"],
                one["buyer"],
                rho_text(one["rho_units"]),
                date(one["expires_at"]),
                one["state"],
            )
            for one in found
        ]
        columns = ("grant", "buyer", ">rho", "until (UTC)", "state")
        empty = f"No grant yet. Give one: market grant give {dataset}"
        output.table(columns, rows, empty=empty)
        waiting = _waiting(asked)
        if waiting:
            output.line("")
            _render_requests(output, waiting)

    session.output.show({"grants": found, "access_requests": asked}, render)


def _waiting(asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in asked if one["state"] == "waiting"]


def _tell_who_asks(output: Output, asked: list[dict[str, Any]]) -> None:
    for one in asked:
        output.note(
            f"The portal says that {one['user']} of {one['organisation']} asks, with the key"
        )
        for line in key_text(one["buyer"]).splitlines():
            output.note(line)
    output.note("Have the buyer read their words out to you; do not copy them from here.")


def _asker(asked: list[dict[str, Any]], key: str) -> str:
    """Who asked with the key, by the portal's word."""
    for one in asked:
        if one["buyer"] == key:
            return f"{one['user']} of {one['organisation']}, who asked,"
    return "a buyer who has not asked"


def _render_requests(output: Output, waiting: list[dict[str, Any]]) -> None:
    for one in waiting:
        output.line(f"{one['user']} of {one['organisation']} asks, with the key")
        output.key(one["buyer"])
        output.line(f"  purpose      {one['purpose']}")
    output.line("Compare each key with its buyer by a channel other than the portal.")


def _document(record: Grant, state: GrantState) -> dict[str, Any]:
    return {
        "grant": record.grant,
        "dataset": record.dataset,
        "buyer": record.buyer,
        "rho_units": record.rho_units,
        "issued_at": record.issued_at,
        "expires_at": record.expires_at,
        "state": state,
    }
