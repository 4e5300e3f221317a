"""admin audit: the trail of what administrators did, verified from its first entry on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import CryptoError
from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, load_settings, now, pass_session
from market.entities.people import Operator
from market.errors import Refused
from market.plan.plural import counted
from market.policy.finding.audit_filter import read_wanted
from market.records.audit import ACTS, AuditEntry, AuditHead
from market.records.signed import open_signed
from market.services.audit_trail import chosen, export_trail
from market.wiring import open_platform


@click.command("audit", cls=Leaf, epilog="Example: market admin audit --json > trail.json")
@click.option("--verify", is_flag=True, help="Say only whether the trail is whole.")
@click.option(
    "--head", type=click.Path(path_type=Path), help="An earlier export that it must still hold."
)
@click.option("--by", default="", help="Only what this user did; `operator` for operators.")
@click.option("--act", default="", type=click.Choice(("", *ACTS)), help="Only this act.")
@click.option("--organisation", default="", help="Only what concerns it or its users.")
@click.option("--since", default="", help="Only from this day on, as 2027-01-31 (UTC).")
@click.option("--until", default="", help="Only up to this day, included.")
@pass_session
def audit(
    session: Session,
    head: Path | None,
    *,
    verify: bool,
    **wanted: str,
) -> None:
    """Show what administrators did: who, when, what, to whom.

    Each entry is verified: signed by the platform, and following the one before. What was cut off
    the end shows only beside an earlier export, so keep one elsewhere: --json writes it. All of it
    is verified whatever is shown.
    """
    platform = open_platform(load_settings(session))
    asked = read_wanted(**wanted)
    known = _head_of(head, platform.identity.public.hex) if head else None
    entries, newest = export_trail(platform, Operator(), now=now(), head=known)
    told = f"The trail is whole: {counted(len(entries), 'entry', 'entries')}."
    shown = [] if verify else chosen(platform, entries, asked)
    export: dict[str, Json] = {
        "entries": [canonical.loads(one.encode()) for one in shown],
        "head": canonical.loads(newest.encode()),
    }

    def render(output: Output) -> None:
        if not verify:
            columns = ("number", "when", "who", "act", "to", "before", "after", "outcome")
            empty = "No entry is like this. Leave a filter out to see more."
            output.table(columns, [_row(one.record) for one in shown], empty=empty)
        output.line(told)

    session.output.show(export, render)


def _row(entry: AuditEntry) -> tuple[str, ...]:
    not_done = f"{entry.not_done} was not done: {entry.code}" if entry.not_done else ""
    return (
        str(entry.number),
        datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        entry.by or "operator",
        entry.act,
        entry.subject,
        entry.before,
        entry.after,
        not_done,
    )


def _head_of(path: Path, platform_key: str) -> AuditHead:
    try:
        export = canonical.parse(path.read_bytes())
        head = export["head"] if isinstance(export, dict) else None
        return open_signed(AuditHead, canonical.dumps(head), signer=platform_key).record
    except (OSError, CryptoError, ValueError, KeyError) as error:
        raise Refused(
            "audit-head",
            f"{path} is not an export of this platform's trail: {error}.",
            "Give a file that `market admin audit --json` of this platform wrote.",
        ) from error
