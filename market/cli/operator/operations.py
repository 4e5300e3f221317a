"""admin operations: what an operator looks after, as the portal's page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from market.cli.lazy import Leaf
from market.cli.operator.retention import storage_lines
from market.cli.output import Output
from market.cli.session import Session, load_settings, now, pass_session
from market.entities.people import Operator
from market.policy.operation.backups import Backups
from market.pricing.loss import rho_text
from market.services.operation.oversee import Overview, oversee
from market.services.operation.read_backups import read_backups
from market.wiring import open_platform


@click.command("operations", cls=Leaf, epilog="Example: market admin operations --json")
@pass_session
def operations(session: Session) -> None:
    """Show what is under way, what waits too long, and how the platform's parts are.

    The same as the portal's page Operations. Budgets are told by the marks of 80, 95 and 100
    percent that they have passed.
    """
    platform = open_platform(load_settings(session))
    at = now()
    found = oversee(platform, Operator(), now=at)
    backups = read_backups(platform, Operator(), now=at)
    document = asdict(found) | {
        "backup": {
            "age_seconds": backups.age_seconds,
            "is_verified": backups.is_verified,
            "sentence": backups.sentence,
            "command": backups.command,
        }
    }
    session.output.show(document, lambda output: _render(output, found, backups))


def _render(output: Output, found: Overview, backups: Backups) -> None:
    queues = [(one.state, str(one.jobs), _moment(one.oldest_since)) for one in found.queues]
    _table(output, ("under way", "jobs", "first since"), queues)
    for late in found.late:
        output.line(
            f"{late.job} is {late.state} since {_moment(late.since)}: {late.waits_for}. "
            f"{late.next_action} ({late.code} on {_moment(late.deadline)})"
        )
    output.line(f"Housekeeping: {found.leader or 'nobody'}")
    for trouble in found.troubles:
        end = f"until {_moment(trouble.ended_at)}" if trouble.ended_at else "goes on"
        output.line(f"{trouble.duty}: {trouble.code} since {_moment(trouble.since)}, {end}")
    parts = [(one.name, "yes" if one.is_well else "no", one.found) for one in found.parts]
    _table(output, ("part", "well", "found"), parts)
    agents = [
        (one.owner, "never" if one.seen_at is None else _moment(one.seen_at))
        for one in found.agents
    ]
    _table(output, ("owner", "agent last here"), agents)
    burns = [
        (one.dataset, one.owner, f"{one.mark_percent} %", rho_text(one.in_all_units))
        for one in found.burns
    ]
    _table(output, ("dataset", "owner", "budget mark", "rho in all"), burns)
    stored = [(one.owner, str(one.versions), str(one.stored_bytes)) for one in found.stored]
    _table(output, ("owner", "versions", "bytes"), stored)
    output.line(f"Backup: {backups.sentence}")
    if backups.command:
        output.line(f"  {backups.command}")
    for line in storage_lines(found):
        output.line(line)
    _table(output, ("program", "version"), [(one.name, one.version) for one in found.versions])


def _table(output: Output, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        output.table(columns, rows)


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
