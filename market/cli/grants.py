"""grant: entitlement of one buyer, signed by the owner."""

from __future__ import annotations

import secrets
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from crypto.accounting import rho_for_epsilon
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output, date
from market.cli.owner import agent_home_option, open_agent_home
from market.cli.session import Session, now, pass_session
from market.errors import Refused
from market.owner.grants import give_grant, newest_holding, revoke_grant
from market.plan.decimals import fraction_of
from market.plan.loss import rho_text
from market.records.grant import Grant
from market.records.signed import open_signed

_DAY_SECONDS = 24 * 3_600
_OWNER = "owner"

COMMANDS = {
    "give": Lazy("grants:give", "Let one buyer ask.", _OWNER),
    "revoke": Lazy("grants:revoke", "End a grant.", _OWNER),
    "list": Lazy("grants:list_command", "Grants on a dataset, and who asks for one.", _OWNER),
}


@click.group("grant", cls=LazyGroup, lazy=COMMANDS)
def grant() -> None:
    """Grants: who may ask a dataset of yours, for how much, until when."""


@click.command(
    "give",
    cls=Leaf,
    epilog="Example: market grant give visits-2024 --buyer 0f3a... --epsilon 1 --days 90",
)
@click.argument("dataset")
@click.option("--buyer", required=True, help="Fingerprint of the buyer's key, from himself.")
@click.option("--epsilon", help="All he may spend; else the policy's part of one buyer.")
@click.option("--days", type=click.IntRange(1, 3_650), default=365, show_default=True)
@agent_home_option
@pass_session
def give(
    session: Session,
    dataset: str,
    buyer: str,
    epsilon: str | None,
    days: int,
    agent_home: Path | None,
) -> None:
    """Let the buyer with this key ask DATASET.

    Compare the fingerprint with the buyer by another way than the portal. The dataset's own budget
    holds above every grant.
    """
    home = open_agent_home(session.agent_home_path(agent_home))
    policy = newest_holding(home, dataset).listing.record.policy
    units = policy.buyer_rho_units
    if epsilon is not None:
        units = rho_for_epsilon(_epsilon(epsilon), fraction_of(policy.delta))
    at = now()
    made = give_grant(
        session.portal(),
        session.keyring.identity(),
        home,
        dataset,
        buyer=buyer,
        rho_units=units,
        expires_at=at + days * _DAY_SECONDS,
        now=at,
        entropy=secrets.token_bytes,
    )

    def render(output: Output) -> None:
        output.line(f"Grant {made.grant}: {made.buyer} may spend rho {rho_text(made.rho_units)}")
        output.line(f"of {dataset} until {date(made.expires_at)}.")

    session.output.show(_document(made, is_revoked=False), render)


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
        {"grant": grant_id, "dataset": dataset, "is_revoked": True},
        lambda output: output.line(f"Revoked grant {grant_id}."),
    )


@click.command("list", cls=Leaf, epilog="Example: market grant list visits-2024")
@click.argument("dataset")
@pass_session
def list_command(session: Session, dataset: str) -> None:
    """List the grants on DATASET, and who waits for one."""
    portal = session.portal()
    found = [
        _document(open_signed(Grant, one["grant"].encode()).record, is_revoked=bool(one["revoked"]))
        for one in portal.get(f"datasets/{dataset}/grants")
    ]
    asked = portal.get(f"datasets/{dataset}/access-requests")

    def render(output: Output) -> None:
        rows = [
            (
                one["grant"],
                one["buyer"],
                rho_text(one["rho_units"]),
                date(one["expires_at"]),
                "yes" if one["is_revoked"] else "no",
            )
            for one in found
        ]
        output.table(("grant", "buyer", ">rho", "until (UTC)", "revoked"), rows)
        waiting = [one for one in asked if one["state"] == "waiting"]
        if waiting:
            output.line("")
            requests = [
                (one["organisation"], one["user"], one["buyer"], one["purpose"]) for one in waiting
            ]
            output.table(("asked by", "user", "key", "purpose"), requests)

    session.output.show({"grants": found, "access_requests": asked}, render)


def _document(record: Grant, *, is_revoked: bool) -> dict[str, Any]:
    return {
        "grant": record.grant,
        "dataset": record.dataset,
        "buyer": record.buyer,
        "rho_units": record.rho_units,
        "issued_at": record.issued_at,
        "expires_at": record.expires_at,
        "is_revoked": is_revoked,
    }


def _epsilon(text: str) -> Fraction:
    try:
        value = fraction_of(text)
    except ValueError as error:
        raise Refused(
            "epsilon-malformed", f"{error}.", "Give a plain decimal, such as 0.5."
        ) from error
    if value <= 0:
        raise Refused("epsilon-malformed", f"Epsilon is {text}.", "Give a decimal above 0.")
    return value
