"""up, down, status: the platform's processes on this machine."""

from __future__ import annotations

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, load_settings, pass_session
from market.entities.people import Operator
from market.processes.down import stop
from market.processes.status import Part, status
from market.processes.up import start
from market.services.administer_people import has_administrator
from market.settings import Settings
from market.wiring import open_platform


@click.command("up", cls=Leaf, epilog="Example: market up --home ./platform")
@pass_session
def up(session: Session) -> None:
    """Start portal and Airflow, and return when all of it answers.

    Before anything serves, the platform's database is made, or brought to this release's tables
    (market admin migrate). While an earlier release still runs that is refused: market down first.
    What runs already is left alone. The owner's key agent is another's process: market agent run.
    """
    settings = load_settings(session)
    start(settings, session.output.note)
    _show(session, settings)
    if not has_administrator(open_platform(settings), Operator()):
        session.output.note("Nobody administers this platform yet.")
        session.output.note(f"Next: market admin setup-link --home {settings.home}")


@click.command("down", cls=Leaf, epilog="Example: market down")
@pass_session
def down(session: Session) -> None:
    """Stop what `up` started."""
    stopped = stop(load_settings(session))
    text = f"Stopped {', '.join(stopped)}." if stopped else "Nothing ran."
    session.output.show({"stopped": stopped}, lambda output: output.line(text))


@click.command("status", cls=Leaf, epilog="Example: market status --json")
@pass_session
@click.pass_context
def status_command(context: click.Context, session: Session) -> None:
    """Show what runs and what answers. Exits 1 unless all of it answers."""
    if not all(part.answers for part in _show(session, load_settings(session))):
        context.exit(1)


def _show(session: Session, settings: Settings) -> tuple[Part, ...]:
    parts = status(settings)

    def render(output: Output) -> None:
        rows = [(part.name, part.pid or "—", _state(part), part.url) for part in parts]
        output.table(("process", ">pid", "state", "address"), rows)

    document = [
        {"name": part.name, "pid": part.pid, "answers": part.answers, "url": part.url}
        for part in parts
    ]
    session.output.show(document, render)
    return parts


def _state(part: Part) -> str:
    if part.pid is None:
        return "not running"
    return "answers" if part.answers else "does not answer"
