"""result synthesize: rows of the counts a result holds, on the buyer's machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.kept.kept_question import Question, kept_question
from market.client.results.opened_answers import cell_of
from market.errors import Conflict, NotFound, Refused
from market.plan.plan import NamedStatistic
from market.plan.statistics import Synthesize
from market.plan.statistics.synthesize import MAXIMUM_ROWS
from market.synthetic.attributes import values_of
from market.synthetic.methods import METHODS
from market.synthetic.opened import marginals_of
from market.synthetic.report import Made, report
from market.synthetic.table_file import check_ending, write_table

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "synthesize",
    cls=Leaf,
    epilog="Example: market result synthesize job-0123456789ab --out table.csv --report page.html",
)
@click.argument("job")
@click.argument("name", required=False)
@click.option("--out", type=_FILE, required=True, help="The table: a .csv or .parquet file.")
@click.option("--report", "page", type=_FILE, help="A page on how near they are, as HTML.")
@click.option("--method", type=click.Choice(list(METHODS)), help="How; else as the program says.")
@click.option("--rows", type=click.IntRange(1, MAXIMUM_ROWS), help="How many; else likewise.")
@click.option("--target", help="The column that the others are to predict; else likewise.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Another seed, other rows.")
@pass_session
def synthesize(
    session: Session,
    job: str,
    name: str | None,
    out: Path,
    page: Path | None,
    method: str | None,
    rows: int | None,
    target: str | None,
    seed: int,
) -> None:
    """Make synthetic rows of the counts that a program asked with `ds.synthesize(...)`.

    NAME is the answer's name in the program, where it asks for several. The result must have been
    opened here; nobody is asked, and no privacy is spent, however many rows and tables are made.
    The same seed gives the same rows.
    """
    check_ending(out)
    for file in filter(None, (out, page)):
        _require_new(file)
    question, document = _opened(session, job)
    named, asked = _asked(question, name)
    cells = next(each["cells"] for each in document["answers"] if each["name"] == named.name)
    marginals = marginals_of(asked, question.schema, list(map(cell_of, cells)), question.plan.law)
    if target is not None:
        marginals = replace(marginals, target=marginals.place(target))
    made = Made(named.name, method or asked.method, seed)
    count = rows or asked.rows or max(1, round(marginals.rows))
    generator = np.random.default_rng(seed)
    codes = METHODS[made.method](marginals, generator).draw(count, generator)
    write_table(out, values_of(marginals.attributes, codes, generator))
    if page is not None:
        page.write_text(report(made, marginals, codes, generator), "utf-8")
    shown = {
        "name": named.name,
        "rows": count,
        "columns": list(asked.columns),
        "method": made.method,
        "seed": seed,
        "table": str(out),
        "report": None if page is None else str(page),
    }
    session.output.show(shown, lambda output: _render(output, shown))


def _render(output: Output, shown: dict[str, Any]) -> None:
    fields = [
        ("rows", f"{shown['rows']} of {len(shown['columns'])} columns, none of them real"),
        ("method", f"{shown['method']}, seed {shown['seed']}"),
        ("table", shown["table"]),
    ]
    output.fields([*fields, *([("report", shown["report"])] if shown["report"] else [])])


def _opened(session: Session, job: str) -> tuple[Question, Any]:
    home = session.client_home
    question, kept = kept_question(home, job), home.read_job(job, "result.json")
    if question is None or kept is None:
        raise NotFound(
            "not-opened", f"Job {job} was not opened here.", f"Run: market result open {job}"
        )
    return question, json.loads(kept)


def _asked(question: Question, name: str | None) -> tuple[NamedStatistic, Synthesize]:
    """The one of that name, or the only one there is."""
    found = {
        named.name: (named, named.statistic)
        for named in question.plan.statistics
        if isinstance(named.statistic, Synthesize)
    }
    if not found:
        raise Refused(
            "synthetic-not-asked",
            "The result holds no counts to make synthetic rows of.",
            'Ask for them in the program: "table": ds.synthesize(), and submit it.',
        )
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name not in found:
        raise Refused(
            "synthetic-name",
            f"Synthetic rows are asked for {name or 'no name'}, expected {' or '.join(found)}.",
            "Give the name that the program gave it.",
        )
    return found[name]


def _require_new(file: Path) -> None:
    if file.exists():
        raise Conflict("file-exists", f"{file} exists.", "Give another name, or remove it.")
