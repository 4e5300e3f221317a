"""result compare: the same statistics of several jobs, side by side."""

from __future__ import annotations

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.results.compare_results import ComparedNumber, compared, comparison_json, told
from market.client.results.opened_answers import answers_in
from market.client.results.opened_results import opened_result
from market.client.results.result_labels import result_labels
from market.plan.answers import label_text


@click.command(
    "compare",
    cls=Leaf,
    epilog="Example: market result compare job-0123456789ab job-ba9876543210",
)
@click.argument("jobs", metavar="JOB JOB...", nargs=-1, required=True)
@pass_session
def compare(session: Session, jobs: tuple[str, ...]) -> None:
    """Show the numbers that several results have in common side by side; nobody is asked.

    Numbers belong together that have one name, kind, unit and level. They differ when they lie
    further apart than their noise explains in 95 of 100 cases: of many that did not change, one in
    twenty is said to differ.
    """
    home = session.client_home
    numbers = compared([(job, answers_in(opened_result(home, job)["answers"])) for job in jobs])

    labels = result_labels(home, jobs)

    def render(output: Output) -> None:
        output.fields(list(zip(jobs, labels, strict=True)))
        output.line("")
        columns = ("statistic", "level", *(f">{job}" for job in jobs), "unit", "these")
        output.table(columns, [_row(one) for one in numbers])

    session.output.show(comparison_json(jobs, labels, numbers), render)


def _row(one: ComparedNumber) -> tuple[str, ...]:
    return (one.name, label_text(one.labels), *map(told, one.cells), one.unit, one.verdict)
