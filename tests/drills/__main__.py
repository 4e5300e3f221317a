"""`python -m drills --seed N`: a hundred faults on the rehearsal, during fifty jobs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from drills.cluster import DrilledCluster
from drills.disk import unmount_below
from drills.drill import Drill, Stream
from drills.evidence import Evidence
from drills.faults import TARGETS
from drills.plan import DrillPlan, make_plan
from drills.record import Record
from drills.verdict import Finding, verdict
from market.demo.catalogue.story import CatalogueStory
from market.demo.roles import ROOT
from market.demo.stage import Say

_AT_ONCE: Final = 8
_SETTLE_SECONDS: Final = 300
_BUDGETS: Final = {
    "budget_epsilon = 4": "budget_epsilon = 40",
    "buyer_epsilon = 3": "buyer_epsilon = 40",
}


class DrillStory(CatalogueStory):
    """The demo's, with room for fifty questions in its budget."""

    def declaration(self) -> str:
        """What the owner declares."""
        text = super().declaration()
        for demos, ours in _BUDGETS.items():
            text = text.replace(demos, ours)
        return text


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="Of the plan of faults.")
@click.option("--jobs", type=int, default=50, show_default=True)
@click.option("--faults", type=int, default=116, show_default=True)
@click.option("--burst", type=int, default=4, show_default=True, help="Faults at once.")
@click.option("--pace", type=float, default=38, show_default=True, help="Seconds between bursts.")
@click.option("--folder", type=click.Path(path_type=Path), default=ROOT / "build" / "drill")
def main(seed: int, jobs: int, faults: int, burst: int, pace: float, folder: Path) -> None:
    """Strike every process of the rehearsal while jobs run, then hold both sides to the promises.

    Plan and events go to FOLDER.jsonl. Ends with 1 when a promise is broken.
    """
    if os.geteuid() != 0:
        raise click.ClickException("Pods have users of their own: run the drill as root.")
    # Stopped by a signal or by Ctrl-C alike: nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    plan = make_plan(seed, TARGETS, faults=faults, burst=burst, pace_seconds=pace)
    unmount_below(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = folder.with_suffix(".jsonl")
    log.unlink(missing_ok=True)
    record = Record(log, click.echo)
    for fault in plan.faults:
        record.note("planned", seed=seed, **asdict(fault))
    evidence = _drilled(folder, record, plan, Stream(jobs, _AT_ONCE, _SETTLE_SECONDS))
    findings = verdict(evidence)
    for finding in findings:
        record.note("broken", rule=finding.rule, seen=finding.seen)
    click.echo(_summary(plan, evidence, findings, record.seconds))
    sys.exit(1 if findings else 0)


def _drilled(folder: Path, record: Record, plan: DrillPlan, stream: Stream) -> Evidence:
    story = DrillStory(folder, cluster := DrilledCluster(folder / "cluster"), _sayer(record))
    with ExitStack() as ending:
        ending.callback(story.stage.stop)
        story.publish()
        visitor = story.rehearse()[1]
        visitor.close()
        drill = Drill(story, cluster, stream, record)
        return drill.run(plan)


def _sayer(record: Record) -> Say:
    return lambda text: record.note("told", text=text)


def _summary(
    plan: DrillPlan, evidence: Evidence, findings: tuple[Finding, ...], seconds: float
) -> str:
    states = Counter(f"{job.state} {job.code}".strip() for job in evidence.jobs)
    return json.dumps(
        {
            "seed": plan.seed,
            "faults": len(plan.faults),
            "kills": plan.kills,
            "acknowledged": len(evidence.acknowledged),
            "jobs": dict(states),
            "receipts": len(evidence.agent.receipts),
            "opened": len(evidence.opened),
            "minutes": round(seconds / 60, 1),
            "broken": [asdict(finding) for finding in findings],
        },
        indent=2,
    )


if __name__ == "__main__":
    main()
