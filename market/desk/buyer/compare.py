"""Two opened results side by side: their numbers, their charts, and both as a file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from market.charts.chart import Chart
from market.charts.theme import Theme
from market.client.results.compare_results import ComparedNumber, compared, comparison_json
from market.client.results.opened_answers import answers_in
from market.client.results.opened_results import opened_result, opened_results
from market.client.results.result_csv import comparison_csv
from market.client.results.result_labels import result_labels
from market.desk.buyer.pictures import Picture, drawn_by
from market.desk.buyer.view_comparison import (
    ComparedStatistic,
    chart_of_compared,
    compared_statistics,
)
from market.desk.desk import Desk
from market.desk.pages import DeskHere, page
from market.errors import MarketError

router = APIRouter()

_Job = Annotated[str, Query(max_length=100)]


@router.get("/results/compare")
def show_comparison(
    request: Request, desk: DeskHere, job: _Job = "", other: _Job = ""
) -> HTMLResponse:
    """Numbers that both results have, whether they differ beyond noise, and a chart of each."""
    jobs = (job, other)
    try:
        statistics = compared_statistics(_compared(desk, jobs))
    except MarketError as error:
        opened = opened_results(desk.client)
        return page(request, "results.html", status=422, error=error, results=opened)
    base = f"{request.app.state.base}/results/compare"
    return page(
        request,
        "compare.html",
        jobs=jobs,
        labels=result_labels(desk.client, jobs),
        statistics=statistics,
        differing=sum(one.differing for one in statistics),
        several=sum(len(one.rows) for one in statistics),
        pictures=_pictures(jobs, statistics, f"{base}/chart"),
        query=urlencode({"job": job, "other": other}),
    )


@router.get("/results/compare/export/{kind}")
def export(desk: DeskHere, job: _Job, other: _Job, kind: Literal["csv", "json"]) -> Response:
    """The comparison as one file."""
    jobs = (job, other)
    numbers = _compared(desk, jobs)
    headers = {"Content-Disposition": f'attachment; filename="{job}-{other}.{kind}"'}
    if kind == "json":
        document = comparison_json(jobs, result_labels(desk.client, jobs), numbers)
        return JSONResponse(document, headers=headers)
    return Response(comparison_csv(jobs, numbers), media_type="text/csv", headers=headers)


@router.get("/results/compare/chart/{file}")
def show_chart(desk: DeskHere, job: _Job, other: _Job, file: str) -> Response:
    """A chart of the comparison, as SVG or PNG."""
    jobs = (job, other)
    statistics = compared_statistics(_compared(desk, jobs))
    charts = [partial(_drawn, jobs, one) for one in statistics]
    return drawn_by(charts, file, f"{job}-{other}")


def _drawn(jobs: Sequence[str], statistic: ComparedStatistic, theme: Theme) -> Chart | None:
    return chart_of_compared(jobs, statistic, theme=theme)


def _compared(desk: Desk, jobs: Sequence[str]) -> tuple[ComparedNumber, ...]:
    """What the results have in common (raises MarketError, for a result that is not here too)."""
    return compared([(job, answers_in(opened_result(desk.client, job)["answers"])) for job in jobs])


def _pictures(
    jobs: Sequence[str], statistics: Sequence[ComparedStatistic], path: str
) -> dict[str, Picture]:
    found = {}
    for place, one in enumerate(statistics):
        chart = chart_of_compared(jobs, one, theme="light")
        if chart is not None:
            found[one.name] = Picture(f"{path}/{place}", chart.alt)
    return found
