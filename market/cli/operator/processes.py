"""up, down, status: the platform's processes on this machine."""

from __future__ import annotations

import click

from market import wire
from market.cli.lazy import Leaf
from market.cli.output import Json, Output
from market.cli.resident_text import account_of, state_of
from market.cli.session import Session, load_settings, now, pass_session
from market.entities.people import Operator
from market.processes.down import stop
from market.processes.status import RESIDENT, Part, Resident, resident, status
from market.processes.up import start
from market.services.people.administer_people import has_administrator
from market.services.people.set_up import make_setup_link
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
    platform, operator = open_platform(settings), Operator()
    if not has_administrator(platform, operator):
        secret = make_setup_link(platform, operator, now=now())
        session.output.note("Nobody administers this platform yet. Who opens this link first does:")
        session.output.note(f"  {settings.portal_url}/setup/{secret}")
        session.output.note("It is good once, for a day; market admin setup-link makes another.")


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
    """Show what runs and what answers. Exits 1 unless portal and Airflow answer.

    Of Spark's application, too, what it has done since when and how much memory it holds: without
    it jobs go on, each in a Spark of its own, and `market doctor` says what to do.
    """
    if not all(part.answers for part in _show(session, load_settings(session))):
        context.exit(1)


def _show(session: Session, settings: Settings) -> tuple[Part, ...]:
    parts, spark = status(settings), resident(settings)

    def render(output: Output) -> None:
        rows = [(part.name, part.pid or "—", _state(part), part.url) for part in parts]
        if spark is not None:
            rows.append((RESIDENT, spark.pid or "—", state_of(spark), ""))
        output.table(("process", ">pid", "state", "address"), rows)
        if spark is not None and spark.state is not None:
            output.line(f"{RESIDENT}: {account_of(spark.state, settings.spark_maximum_bytes)}")

    document: list[Json] = [
        {"name": part.name, "pid": part.pid, "answers": part.answers, "url": part.url}
        for part in parts
    ]
    if spark is not None:
        document.append(_resident_document(spark))
    session.output.show(document, render)
    return parts


def _resident_document(spark: Resident) -> Json:
    return {
        "name": RESIDENT,
        "pid": spark.pid,
        "answers": spark.state is not None,
        "url": "",
        "application": None if spark.state is None else wire.to_json(spark.state),
    }


def _state(part: Part) -> str:
    if part.pid is None:
        return "not running"
    return "answers" if part.answers else "does not answer"
