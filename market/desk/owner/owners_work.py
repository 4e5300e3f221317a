"""An owner's long work: check a table, publish it. What was read of it stays in this process."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from market.client.kept.pins import pin_compared
from market.desk.desk import Desk
from market.desk.reports import Reported
from market.desk.undertakings import Undertaking
from market.errors import Refused
from market.owner.drafting.check_table import check_table
from market.owner.drafting.declarations import declared_files, read_begun
from market.owner.publish.publish import publish
from market.owner.publish.settle_table import OwnersWord
from market.owner.table.survey import Finding


@dataclass(frozen=True, slots=True)
class _Asking:
    """The owner at the page of the work, asked whatever a terminal would ask."""

    here: Undertaking

    def agree(self, meaning: Sequence[str]) -> bool:
        return self.here.ask(meaning, "Share the budget")

    def consent(self, found: Sequence[Finding]) -> None:
        if not found:
            return
        lines = ["For you alone: this looks as if declaration and table do not fit."]
        lines += [f"{one.about}: {one.seen}." for one in found]
        yes, no = "Publish it nevertheless", "Leave it, and change the declaration"
        if not self.here.ask(lines, yes, no=no, is_doubt=True):
            raise Refused(
                "not-confirmed",
                "You said no.",
                "Correct the declaration; nothing was sent.",
            )


def begin_check(desk: Desk, dataset: str) -> Undertaking:
    """Read a declared table once, for its owner alone.

    Raises:
        Locked. NotFound: `no-declaration`. Refused: `declaration-incomplete`.
    """
    with desk.agent() as (home, _):
        files = declared_files(home, read_begun(home, dataset))

    def work(here: Undertaking) -> str:
        here.note("The table is read once, from top to bottom. Nothing of it leaves this machine.")
        with desk.agent() as (home, _):
            report, lost = check_table(home, files)
        desk.reports[dataset] = Reported(report, lost)
        return f"/tables/report/{dataset}"

    return desk.undertakings.begin(f"Check {dataset}", work, back=f"/tables/declare/{dataset}")


def begin_publishing(desk: Desk, dataset: str, *, appends: bool = False) -> Undertaking:
    """Encrypt, sign and send a declared table; one that was stopped goes on from where it stood.

    Args:
        appends: take over what the version before has, by the owner's word
            (market.owner.publish.publish).

    Raises:
        Locked. NotPermitted: `not-signed-in`. NotFound: `no-declaration`.
        Refused: `declaration-incomplete`.
    """
    title, portal = f"Publish {dataset}", desk.portal()
    for one in desk.undertakings.under_way():
        if one.title == title:
            # Another tab has begun it: both follow the same work.
            return one
    with desk.owner() as owner:
        files = declared_files(owner.home, read_begun(owner.home, dataset))

    def work(here: Undertaking) -> str:
        asking = _Asking(here)
        with desk.owner() as owner:
            done = publish(
                portal,
                owner,
                files,
                word=OwnersWord(asking.agree, asking.consent),
                now=desk.clock(),
                entropy=secrets.token_bytes,
                progress=here.progress,
                appends=appends,
            )
            own = owner.identity.public.fingerprint()
        pin_compared(desk.client, "owner", dataset, own, may_replace=True)
        desk.reports[dataset] = Reported(
            done.report, (), done.version, done.unanswerable, done.blocks, done.new_blocks
        )
        return f"/tables/report/{dataset}"

    return desk.undertakings.begin(title, work, back=f"/tables/publish/{dataset}")
