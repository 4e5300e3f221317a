"""job run: a program on a dataset's twin, on this machine, without data, budget or platform."""

from __future__ import annotations

from pathlib import Path

import click

from market.cli.buyer.answer_tables import show_answers
from market.cli.lazy import Leaf
from market.cli.options import unsandboxed_option
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.questions.rehearse import rehearse
from market.client.results.opened_answers import answer_json
from market.client.verify.asked_source import fetch_source


@click.command("run", cls=Leaf, epilog="Example: market job run --twin household-visits .")
@click.option("--twin", "dataset", required=True, help="The dataset whose twin to run on.")
@click.argument("directory", default=".", type=click.Path(exists=True, path_type=Path))
@click.option("--epsilon", help="For the expected errors; else 1, or what one job may cost.")
@click.option("--rows", type=click.IntRange(1), help="Rows of the twin; else its capacity.")
@unsandboxed_option
@pass_session
def run(
    session: Session,
    dataset: str,
    directory: Path,
    epsilon: str | None,
    rows: int | None,
    unsandboxed: bool,
) -> None:
    """Run the program in DIRECTORY on a dataset's twin.

    The program runs in the platform's sandbox: what it imports and reads here, it can there.

    The twin is made here, from the dataset's schema and a public seed: it looks like the data and
    holds nothing of it. Values are the twin's own; errors are what a real job at this epsilon would
    have. What a quote refuses is refused here, in the same words. Once the dataset was seen, this
    works without the portal.
    """
    source = fetch_source(session.client_home, session.portal(), dataset)
    found = rehearse(
        source, directory, epsilon=epsilon or "", rows=rows or 0, is_sandboxed=not unsandboxed
    )
    shown = [answer_json(answer) for answer in found.answers]
    document = {
        "dataset": dataset,
        "version": source.named[0].version,
        "rows": found.rows,
        "epsilon": found.epsilon,
        "answers": shown,
    }

    def render(output: Output) -> None:
        output.line(f"On the twin of {dataset}: {found.rows} made-up rows, no real ones.")
        show_answers(output, shown)

    session.output.show(document, render)
