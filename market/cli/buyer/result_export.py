"""result export: what was opened, as files for elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from market.adapters.full_disk import typed_disk_failures
from market.adapters.private_files import write_private_new
from market.charts.theme import Theme
from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.analysis.result_files import FORMATS, Format, result_files
from market.client.results.opened_results import opened_result
from market.errors import Conflict

_PICTURES = ("svg", "png")


@click.command(
    "export", cls=Leaf, epilog="Example: market result export job-0123456789ab --format html"
)
@click.argument("job")
@click.option(
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    required=True,
    help="csv, json or html (one file), or svg or png (one file for each chart).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File, or folder of charts; else named by the job, here.",
)
@click.option(
    "--theme",
    type=click.Choice(("light", "dark")),
    default="light",
    show_default=True,
    help="Of svg and png; the HTML page has both.",
)
@pass_session
def export(session: Session, job: str, kind: Format, out: Path | None, theme: Theme) -> None:
    """Write a result that was opened here into files, mode 0600; nobody is asked.

    CSV has one line for each number, with its interval, and as noise left it. The HTML page holds
    tables, charts and what was asked, and needs nothing beside it. Whoever gets a file gets the
    answers: they are noised, and yours to give away.
    """
    result = opened_result(session.client_home, job)
    files = result_files(session.client_home, result, kind, theme=theme)
    if kind in _PICTURES:
        folder = out or Path(job)
        written = {folder / name: data for name, data in files.items()}
    else:
        written = {out or Path(name): data for name, data in files.items()}
    for path, data in written.items():
        _write(path, data)
    paths = [str(path) for path in written]

    def render(output: Output) -> None:
        for path in paths:
            output.line(f"Wrote {path}.")

    session.output.show({"job": job, "files": paths}, render)


def _write(path: Path, data: bytes) -> None:
    try:
        with typed_disk_failures(str(path)):
            write_private_new(path, [data])
    except FileExistsError as error:
        raise Conflict(
            "export-exists", f"{path} exists already.", "Choose another name."
        ) from error
