"""dataset answered: what became of a table: who asked, what it cost its people, what it brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from market.cli.lazy import Leaf
from market.cli.output import Output, date
from market.cli.owner.own_home import agent_home_option, opened_agent
from market.cli.session import Session, pass_session
from market.owner.answered import Answered, Buyer, answered, buyers_of, revenue_of, told_of_jobs
from market.owner.own_tables import OwnTable, own_table
from market.plan.plural import counted
from market.policy.budget.questions_left import questions_left
from market.pricing.charged import charged_epsilon
from market.pricing.loss import loss_text

_MOST_SHOWN = 20


@click.command("answered", cls=Leaf, epilog="Example: market dataset answered visits-2024")
@click.argument("dataset")
@agent_home_option
@pass_session
def answered_command(session: Session, dataset: str, agent_home: Path | None) -> None:
    """Show what is left of DATASET's budget, who was answered, and what that brings.

    It is read from your agent's own receipts. Names of buyers, and the listing that each asked
    under, are the portal's word; the price is the one you signed there.
    """
    told = told_of_jobs(session.portal())
    with opened_agent(session, agent_home) as (home, store):
        table = own_table(home, store, dataset)
        found = answered(home, store, dataset, told)
    buyers = buyers_of(found, table.listing.policy.delta)
    session.output.show(
        _document(table, found, buyers),
        lambda output: _render(session, output, table, found, buyers),
    )


def _document(table: OwnTable, found: list[Answered], buyers: list[Buyer]) -> dict[str, Any]:
    budget, revenue = table.budget, revenue_of(found)
    return {
        "dataset": table.dataset,
        "cap_rho_units": budget.cap_units if budget else 0,
        "spent_rho_units": budget.spent_units if budget else 0,
        "reserved_rho_units": budget.reserved_units if budget else 0,
        "answers": revenue.answers,
        "revenue_cents": revenue.cents,
        "answers_of_unknown_price": revenue.unsure,
        "buyers": [
            {"buyer": one.fingerprint, "name": one.name, "answers": one.answers} for one in buyers
        ],
        "each": [
            {
                "job": one.release.job,
                "released_at": one.receipt.issued_at,
                "buyer": one.release.buyer,
                "name": one.who,
                "version": one.version,
                "rho_units": one.receipt.rho_units,
                "price_cents": one.price_cents,
            }
            for one in found
        ],
    }


def _render(
    session: Session, output: Output, table: OwnTable, found: list[Answered], buyers: list[Buyer]
) -> None:
    delta, revenue = table.listing.policy.delta, revenue_of(found)
    brings = f"{session.money(revenue.cents)} for {counted(revenue.answers, 'answer')}"
    if revenue.unsure:
        brings += f", {revenue.unsure} of them by the newest price of their version"
    output.fields([("dataset", table.dataset), *_budget(table), ("revenue", brings)])
    if not found:
        output.line(f"Nothing was answered yet. See who may ask: market grant list {table.dataset}")
        return
    output.line("")
    output.table(
        ("buyer", "key", ">answers", ">epsilon"),
        [(one.name, one.fingerprint[:16], one.answers, one.charged) for one in buyers],
    )
    output.line("")
    output.table(
        ("released (UTC)", "job", "by", ">version", ">epsilon", ">price"),
        [
            (
                date(one.receipt.issued_at),
                one.release.job,
                one.who,
                one.version,
                charged_epsilon([one.charge], delta),
                session.money(one.price_cents),
            )
            for one in found[: -_MOST_SHOWN - 1 : -1]
        ],
    )
    if len(found) > _MOST_SHOWN:
        output.line(f"The newest {_MOST_SHOWN} of {len(found)}; all of them with --json.")


def _budget(table: OwnTable) -> list[tuple[str, str]]:
    """Of the people in it; nothing before it is listed."""
    budget, policy = table.budget, table.listing.policy
    if budget is None:
        return []
    left = max(budget.available_units, 0)
    return [
        ("left", questions_left(policy, left).words),
        ("spent", f"{loss_text(budget.spent_units, policy.delta)}"),
        ("of", f"{loss_text(budget.cap_units, policy.delta)}"),
    ]
