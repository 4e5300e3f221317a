"""What an error code says, offline."""

from __future__ import annotations

import click

from market.cli.lazy import Leaf
from market.cli.session import Session, pass_session
from market.reference.explain import explain


@click.command("explain", cls=Leaf, epilog="Example: market explain over-budget")
@click.argument("code")
@pass_session
def explain_command(session: Session, code: str) -> None:
    """What an error CODE says, and what to do about it."""
    entry = explain(code)
    session.output.show({"code": code, "entry": entry}, lambda output: output.text(entry))
