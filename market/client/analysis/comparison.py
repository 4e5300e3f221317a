"""Compared results as a frame."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from market.client.results.compare_results import ComparedNumber
from market.plan.answers import label_text


def frame_of(jobs: Sequence[str], numbers: Sequence[ComparedNumber]) -> pd.DataFrame:
    """One row for each number: value and error of each job, and whether they differ beyond noise.

    Columns are a MultiIndex of job and quantity; `differs` stands under an empty job.
    """
    index = pd.MultiIndex.from_tuples(
        [(one.name, label_text(one.labels)) for one in numbers], names=["statistic", "level"]
    )
    columns: dict[tuple[str, str], list[object]] = {}
    for place, job in enumerate(jobs):
        cells = [one.cells[place] for one in numbers]
        columns[job, "value"] = [None if cell is None else cell.value for cell in cells]
        columns[job, "error"] = [None if cell is None else cell.error_95 for cell in cells]
    columns["", "differs"] = [one.differs for one in numbers]
    return pd.DataFrame(columns, index=index)
