"""An opened result as files: CSV, JSON, its charts, one HTML page. Nobody is asked for anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from market import wire
from market.charts.chart import Chart, charts_of
from market.charts.page import Reported, result_page
from market.charts.theme import Theme
from market.client.kept.home import ClientHome
from market.client.kept.kept_question import kept_question
from market.client.results.opened_answers import answers_in
from market.client.results.result_csv import answers_csv
from market.errors import NotFound
from market.plan.answers import Answer
from market.plan.human import describe
from market.plan.lowered import lower
from market.policy.submission.submission import Submission
from market.pricing.loss import rho_text, shown_epsilon

Format = Literal["csv", "json", "html", "svg", "png"]
FORMATS: tuple[Format, ...] = ("csv", "json", "html", "svg", "png")
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_NAME = 60

Result = Mapping[str, Any]
"""A result as `market.client.results.open_result.OpenedResult.to_json` wrote it."""


def result_files(
    home: ClientHome, result: Result, kind: Format, *, theme: Theme = "light"
) -> dict[str, bytes]:
    """The files of a result in one format, by name: one, or one for each chart.

    Args:
        theme: of charts; a page has both.

    Raises:
        NotFound: `no-chart`: noise left nothing that could be drawn.
    """
    job = str(result["job"])
    match kind:
        case "csv":
            return {f"{job}.csv": answers_csv(_parts(result)).encode()}
        case "json":
            return {f"{job}.json": json.dumps(result, indent=2).encode()}
        case "html":
            return {f"{job}.html": result_page(reported(home, result)).encode()}
        case "svg" | "png":
            charts = [
                one for _, answers in _parts(result) for one in charts_of(answers, theme=theme)
            ]
            return chart_files(job, charts, kind)


def chart_files(job: str, charts: Sequence[Chart], kind: Literal["svg", "png"]) -> dict[str, bytes]:
    """Charts by file names, in their order (raises NotFound: `no-chart`)."""
    if not charts:
        raise NotFound(
            "no-chart",
            f"No answer of job {job} can be drawn.",
            f"Its numbers: market result show {job}",
        )
    return {
        f"{place:02d}-{_name(chart)}.{kind}": chart.svg() if kind == "svg" else chart.png()
        for place, chart in enumerate(charts, start=1)
    }


def reported(home: ClientHome, result: Result) -> Reported:
    """A result as its page says it, with what is kept of its job on this machine."""
    (_, answers), *by_dataset = _parts(result)
    return Reported(
        job=str(result["job"]),
        asked=_asked(home, str(result["job"])),
        facts=tuple(_facts(home, result)),
        cautions=tuple(cautions(result)),
        answers=tuple(answers),
        by_dataset=tuple((dataset, tuple(own)) for dataset, own in by_dataset),
    )


def cautions(result: Result) -> Iterator[str]:
    """What is to be known of a consortium's answer before a number is believed."""
    session = result["session"]
    if session is None:
        return
    if session["missing"]:
        yield f"Unverified: {', '.join(session['missing'])} did not deliver."
    if not session["is_consistent"] and not session["liars"]:
        yield "The members' shares do not agree: the answer may be anything."
    if not session["is_verified"]:
        yield "The arithmetic was not verified: a member who cheats can have spoilt it unnoticed."


def _parts(result: Result) -> list[tuple[str, Sequence[Answer]]]:
    own = [(str(one["dataset"]), answers_in(one["answers"])) for one in result["by_dataset"]]
    return [("", answers_in(result["answers"])), *own]


def _asked(home: ClientHome, job: str) -> str:
    question = kept_question(home, job)
    if question is None:
        return "The question is not kept on this machine."
    return describe(lower(question.plan, question.schema))


def _facts(home: ClientHome, result: Result) -> Iterator[tuple[str, str]]:
    for one in result["datasets"]:
        yield "Dataset", f"{one['dataset']}, version {one['version']}"
    submitted = home.read_job(str(result["job"]), "submission.json")
    if submitted is not None:
        program = wire.decode(Submission, submitted)
        yield "Commit", f"{program.commit} of {program.repository}"
    epsilon = shown_epsilon(result["epsilon"])
    yield "Privacy", f"epsilon {epsilon} with delta {result['delta']}"
    for one in result["receipts"]:
        whose = f" of {one['member']}" if one["member"] else ""
        charged = f"rho {rho_text(one['rho_units'])}" if one["rho_units"] else "nothing charged"
        yield f"Receipt{whose}", f"{one['receipt']}: {charged}"


def _name(chart: Chart) -> str:
    plain = _UNSAFE.sub("-", "-".join(chart.names)).strip("-").lower()
    return plain[:_LONGEST_NAME].rstrip("-") or "chart"
