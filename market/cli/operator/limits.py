"""admin limits: what one organisation may take of the platform, and takes."""

from __future__ import annotations

from dataclasses import asdict

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, load_settings, now, pass_session
from market.entities.limits import LIMIT_NAMES
from market.entities.people import Operator
from market.services.access.limits import Share, read_share, set_limits
from market.wiring import open_platform

_LIMITS = click.Choice(LIMIT_NAMES)


@click.command("limits", cls=Leaf, epilog="Example: market admin limits acme --set jobs_a_day 50")
@click.argument("organisation")
@click.option("--set", "given", type=(_LIMITS, click.IntRange(min=0)), multiple=True)
@click.option("--unset", "taken_back", type=_LIMITS, multiple=True, help="As everybody again.")
@pass_session
def limits(
    session: Session,
    organisation: str,
    given: tuple[tuple[str, int], ...],
    taken_back: tuple[str, ...],
) -> None:
    """Show what ORGANISATION may have and has, after setting what is asked to be set.

    Limits that are not its own are the settings' (organisation_jobs_a_day and the like).
    """
    platform = open_platform(load_settings(session))
    changes = {**dict.fromkeys(taken_back), **dict(given)}
    set_limits(platform, Operator(), organisation, changes, now=now())
    share = read_share(platform, Operator(), organisation, now=now())
    session.output.show(asdict(share), lambda output: _render(output, share))


def _render(output: Output, share: Share) -> None:
    taken = {
        "jobs_under_way": share.jobs.under_way,
        "jobs_a_day": share.jobs.submitted,
        "storage_bytes": share.stored_bytes,
    }
    rows = [
        (
            name,
            str(taken.get(name, "")),
            str(most),
            "its own" if name in share.own else "as everybody",
        )
        for name, most in share.most.to_json().items()
    ]
    output.table(("limit", "taken", "most", "whose"), rows)
