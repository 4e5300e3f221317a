"""admin rotate-secret: another secret in a secret's place, while everything runs."""

from __future__ import annotations

import click

from market.adapters.platform_secrets import NAMES
from market.cli.lazy import Leaf
from market.cli.session import Session, load_settings, now, pass_session
from market.entities.people import Operator
from market.processes.rotate import READ_AT_START, begin_rotation, finish_rotation
from market.records.audit import Act
from market.services.audit_trail import Deed, audited
from market.settings import Settings
from market.wiring import open_platform


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
    act: Act = "secret-rotation-finished" if finish else "secret-rotation-begun"
    with audited(open_platform(settings), Operator(), Deed(act, name), now=now()):
        _rotate(settings, name, finish=finish)
    if finish:
        text = f"Only the newest secret {name} counts."
    else:
        text = (
            f"A new secret {name} signs. In 15 minutes: market admin rotate-secret {name} --finish"
        )
    if name in READ_AT_START:
        text += "\nAirflow reads it as it starts: market down, market up."
    session.output.show({"secret": name, "is_finished": finish}, lambda output: output.line(text))


def _rotate(settings: Settings, name: str, *, finish: bool) -> None:
    if finish:
        finish_rotation(settings, name)
    else:
        begin_rotation(settings, name)
