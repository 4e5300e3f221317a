"""admin retention: what ciphertext is kept for nobody, and goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, confirm, load_settings, now, pass_session
from market.entities.people import Operator
from market.entities.retention import Expendable
from market.plan.plural import counted
from market.services.operation.oversee import Overview
from market.services.platform import Platform
from market.services.publish.drop_ciphertext import Round, drop_ciphertext, list_due
from market.wiring import open_platform


@click.command("retention", cls=Leaf, epilog="Example: market admin retention --dry-run")
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted, and why.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@pass_session
def retention(session: Session, dry_run: bool, yes: bool) -> None:
    """Delete the ciphertext that nobody needs any more, without waiting for the housekeeping.

    A version goes `retention_days` after it was superseded or withdrawn, unless its owner has it
    answered or a job under way is about it. Listings, manifests and receipts stay. Each deletion
    stands in the trail of administrators' acts.
    """
    platform = open_platform(load_settings(session))
    due = list_due(platform, Operator(), now=now())
    if dry_run or not due:
        session.output.show([asdict(one) for one in due], lambda output: _render(output, due))
        return
    if not session.output.is_json:
        _render(session.output, due)
    confirm(session, f"Delete the ciphertext of {counted(len(due), 'version')} for good?", yes=yes)
    rounds = _drop_all(platform)
    freed = {
        "objects": sum(one.objects for one in rounds),
        "freed_bytes": sum(one.freed_bytes for one in rounds),
    }
    words = f"Deleted {counted(freed['objects'], 'object')}, {freed['freed_bytes']} bytes."
    session.output.show(freed, lambda output: output.line(words))


def storage_lines(found: Overview) -> list[str]:
    """What of the storage is needed by nobody, and what was freed lately."""
    due, freed = found.due, found.freed
    size = sum(one.stored_bytes for one in due)
    return [
        f"Needed by nobody, deleted next: {counted(len(due), 'version')}, {size} bytes",
        f"Freed within 30 days: {counted(freed.versions, 'version')}, {freed.freed_bytes} bytes",
    ]


def _drop_all(platform: Platform) -> list[Round]:
    rounds: list[Round] = []
    last: Round | None = None
    while (last := drop_ciphertext(platform, last, now=now(), by=Operator())) is not None:
        rounds.append(last)
    return rounds


def _render(output: Output, due: Sequence[Expendable]) -> None:
    if not due:
        output.line("Nothing to delete: no ciphertext has been without a dataset that long.")
        return
    rows = [
        (
            one.dataset,
            str(one.version),
            one.why,
            datetime.fromtimestamp(one.since, UTC).strftime("%Y-%m-%d"),
            str(one.stored_bytes),
        )
        for one in due
    ]
    output.table(("dataset", "version", "why", "since", "bytes"), rows)
