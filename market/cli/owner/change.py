"""dataset change: other terms for a listed dataset, without its table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.owner.own_home import agent_home_option, opened_agent
from market.cli.session import Session, confirm, pass_session
from market.owner.owner import Owner
from market.owner.word.change_terms import Wanted, changed_terms, declared_terms
from market.owner.word.relist import Relisting, Terms, propose_relisting, relist, terms_in_force
from market.pricing.loss import loss_text


@click.command(
    "change", cls=Leaf, epilog="Example: market dataset change visits-2024 --price-cents 250"
)
@click.argument("dataset")
@click.option(
    "--declaration",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take all terms from this dataset.toml; what else is given counts above it.",
)
@click.option("--title", help="What people read first.")
@click.option("--price-cents", type=int, help="Price of a job.")
@click.option("--budget-epsilon", help="What all buyers may spend: up, or down to what is spent.")
@click.option("--total-epsilon", help="The same over all periods together.")
@click.option("--buyer-epsilon", help="What one buyer may spend without a grant.")
@click.option("--job-epsilon", help="What one job may cost.")
@click.option("--delta", help="The delta of all of these; epsilons that are not given stay.")
@click.option("--access", help="open, request or invitation.")
@click.option("--approval", help="automatic or manual.")
@agent_home_option
@click.option("--yes", is_flag=True, help="Do not ask again.")
@pass_session
def change_command(
    session: Session,
    dataset: str,
    declaration: Path | None,
    agent_home: Path | None,
    yes: bool,
    **wanted: Any,
) -> None:
    """List DATASET under other terms: nothing is encrypted or sent but the signed listing.

    What is not given stays as it is. Your agent obeys the new listing from the moment it is signed,
    whatever the portal says: run it where the agent's home is. What the ciphertext has settled
    (columns, rows, who is in it) is changed by publishing the next version.

    Jobs that nobody has approved end where price, delta, licence or terms are other than they were
    submitted for; nothing is spent. Approved ones are answered at the price they were signed for.
    """
    with opened_agent(session, agent_home) as (home, store):
        owner = Owner(session.keyring.identity(), home, store)
        terms = changed_terms(_terms(owner, dataset, declaration), Wanted(**wanted))
        portal = session.portal()
        proposal = propose_relisting(portal, owner, dataset, terms)
        if proposal.changes:
            _tell(session, proposal)
            confirm(session, f"List {dataset} on these terms?", yes=yes)
        done = relist(portal, owner, dataset, terms)
    document = {
        "dataset": dataset,
        "version": done.listing.version,
        "edition": done.listing.edition,
        "changes": [
            {"what": one.what, "before": one.before, "after": one.after} for one in done.changes
        ],
        "unanswerable": list(done.unanswerable),
    }
    session.output.show(document, lambda output: _render(output, done))


def _terms(owner: Owner, dataset: str, declaration: Path | None) -> Terms:
    if declaration is None:
        return terms_in_force(owner, dataset)
    return declared_terms(owner, dataset, declaration)


def _tell(session: Session, proposal: Relisting) -> None:
    """What is about to change, before it does."""
    output, delta = session.output, proposal.listing.policy.delta
    output.note(f"Edition {proposal.listing.edition} of the listing of {proposal.listing.dataset}:")
    for change in proposal.changes:
        output.note(f"  {change.sentence}")
    amended = proposal.amended
    if amended.cap_after != proposal.listing.policy.budget_rho_units:
        output.note(
            "  Its people are in other tables of yours, too: all buyers together may spend "
            f"{loss_text(amended.cap_after, delta)}."
        )
    for other in amended.affected:
        output.note(
            f"  {other.dataset} shares their budget: {loss_text(other.cap_after, delta)} in all, "
            f"until now {loss_text(other.cap_before, delta)}."
        )


def _render(output: Output, done: Relisting) -> None:
    listing = done.listing
    if done.changes:
        output.line(f"Listed {listing.dataset} anew (edition {listing.edition}).")
    else:
        output.line(f"The portal has edition {listing.edition} of {listing.dataset} now.")
    if done.unanswerable:
        output.line("By this policy:")
        for sentence in done.unanswerable:
            output.line(f"  - {sentence}")
