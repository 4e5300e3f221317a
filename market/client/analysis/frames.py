"""Answers as data frames, and charts for notebooks."""

from __future__ import annotations

import pandas as pd

from market.plan.answers import Answer

COLUMNS = ("value", "low", "high", "error", "note")


def frame_of_answer(answer: Answer) -> pd.DataFrame:
    """One row for each number: its value, the ends of its 95 % interval, the longer arm of it, and
    a note. Labels are the index, one level of it for each; a single number's is its name.

    A number that noise left nothing of is NaN.
    """
    rows = [(one.value, one.low, one.high, one.error_95, one.note) for one in answer.cells]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), index=_index(answer))
    return frame.astype(dict.fromkeys(COLUMNS[:-1], float))


def _index(answer: Answer) -> pd.Index:
    labels = [cell.labels for cell in answer.cells]
    if not any(labels):
        return pd.Index([answer.name] * len(labels), name="statistic")
    depth = max(map(len, labels))
    padded = [one + ("",) * (depth - len(one)) for one in labels]
    if depth == 1:
        return pd.Index([one for (one,) in padded], name="level")
    return pd.MultiIndex.from_tuples(padded, names=[f"label {n + 1}" for n in range(depth)])
