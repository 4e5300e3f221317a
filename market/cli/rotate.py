"""admin rotate-secret: another secret in a secret's place, while everything runs."""

from __future__ import annotations

import click

from market.adapters.platform_secrets import NAMES
from market.cli.lazy import Leaf
from market.cli.session import Session, load_settings, pass_session
from market.processes.rotate import READ_AT_START, begin_rotation, finish_rotation


@click.command("rotate-secret", cls=Leaf, epilog="Example: market admin rotate-secret sign-on")
@click.argument("name", type=click.Choice(NAMES))
@click.option("--finish", is_flag=True, help="Only the new one counts from now on.")
@pass_session
def rotate_secret(session: Session, name: str, *, finish: bool) -> None:
    """Put a new secret in the place of NAME: it signs at once, and the old one still verifies.

    A quarter of an hour later nothing that the old one signed is good any more: --finish then ends
    it. Airflow reads its own (airflow-jwt, airflow-session) as it starts.
    """
    settings = load_settings(session)
    if finish:
        finish_rotation(settings, name)
        text = f"Only the newest secret {name} counts."
    else:
        begin_rotation(settings, name)
        text = (
            f"A new secret {name} signs. In 15 minutes: market admin rotate-secret {name} --finish"
        )
    if name in READ_AT_START:
        text += "\nAirflow reads it as it starts: market down, market up."
    session.output.show({"secret": name, "is_finished": finish}, lambda output: output.line(text))
