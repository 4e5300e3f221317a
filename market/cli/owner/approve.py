"""approve, refuse: the owner's own word on one request."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.owner.own_home import agent_home_option, opened_agent
from market.cli.session import Session, confirm, now, pass_session
from market.owner.word import approve as owner_approve
from market.policy.decision import Denied


@click.command("approve", cls=Leaf, epilog="Example: market approve job-0123456789ab")
@click.argument("job")
@agent_home_option
@click.option("--yes", is_flag=True, help="Approve without asking; the checks stay.")
@pass_session
def approve(session: Session, job: str, agent_home: Path | None, yes: bool) -> None:
    """Check a buyer's request against your own documents, read it, approve it.

    Plan, price, grant, policy and budget are taken from what your agent holds, never from the
    platform. The approval is good for this one request.
    """
    portal = session.portal()
    with opened_agent(session, agent_home) as (home, store):
        pending = owner_approve.read_pending(portal, home, store, job, now=now())
    if not session.output.is_json:
        session.output.text(pending.text)
    if isinstance(pending.decision, Denied):
        raise pending.decision.error()
    confirm(session, "Approve this?", yes=yes)
    owner_approve.approve(
        portal, home, session.keyring.identity(), pending, now=now(), entropy=secrets.token_bytes
    )

    def render(output: Output) -> None:
        output.line(f"Approved {job}. Your agent goes on when the job does.")

    session.output.show({"job": job, "approved": True, "plan_text": pending.text}, render)


@click.command(
    "refuse", cls=Leaf, epilog="Example: market refuse job-0123456789ab --reason 'Too fine.'"
)
@click.argument("job")
@click.option("--reason", required=True, help="What the buyer reads. Say nothing about the data.")
@agent_home_option
@pass_session
def refuse(session: Session, job: str, reason: str, agent_home: Path | None) -> None:
    """Refuse a buyer's request. Nothing is spent."""
    portal = session.portal()
    with opened_agent(session, agent_home) as (home, store):
        pending = owner_approve.read_pending(portal, home, store, job, now=now())
    owner_approve.refuse(portal, session.keyring.identity(), pending, reason=reason, now=now())
    session.output.show(
        {"job": job, "approved": False}, lambda output: output.line(f"Refused {job}.")
    )
