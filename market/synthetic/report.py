"""One self-contained page on synthetic rows: how near they are, and what can be learned from them.

Everything stands in the page itself: no script, and nothing fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from market.synthetic.attributes import Codes
from market.synthetic.distances import Distance, distances
from market.synthetic.learned import Learned, learned
from market.synthetic.marginals import Marginals
from market.synthetic.plots import bars, heat

_Z_95 = 1.959964
_NOTHING = "—"
_TEMPLATE = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
).get_template("report.html")


@dataclass(frozen=True, slots=True)
class Made:
    """How rows were made: what the answer is called, by which method and from which seed."""

    title: str
    method: str
    seed: int


def report(made: Made, marginals: Marginals, codes: Codes, generator: np.random.Generator) -> str:
    """The page, as HTML; names and levels of the owner are shown as text."""
    found = distances(marginals, codes)
    singles, pairs = found[: len(marginals.singles)], found[len(marginals.singles) :]
    target = marginals.target
    return _TEMPLATE.render(
        title=made.title,
        method=made.method,
        seed=made.seed,
        rows=f"{len(codes):,}",
        cells=f"{sum(each.counts.size for each in (*marginals.singles, *marginals.pairs)):,}",
        opened_rows=f"{marginals.rows:,.0f}",
        summary=[
            _summary(what, some, marginals)
            for what, some in (("single columns", singles), ("pairs of columns", pairs))
            if some
        ],
        heat=heat(marginals, pairs),
        target=None if target is None else marginals.attributes[target].name,
        learned=[]
        if target is None
        else [_line(one) for one in learned(marginals, codes, target, generator)],
        columns=bars(marginals, codes),
    )


def _summary(what: str, some: Sequence[Distance], marginals: Marginals) -> dict[str, str]:
    furthest = max(some, key=lambda one: one.found)
    return {
        "what": what,
        "mean": f"{np.mean([one.found for one in some]):.4f}",
        "largest": f"{furthest.found:.4f}",
        "where": " and ".join(marginals.attributes[place].name for place in furthest.columns),
        "noise": f"{np.mean([one.noise for one in some]):.4f}",
    }


def _line(one: Learned) -> dict[str, Any]:
    return {
        "level": one.level,
        "auc": _number(one.auc),
        "synthetic": _number(one.synthetic),
        "opened": _number(None if one.opened is None else one.opened.value),
        "error": _number(None if one.opened is None else _Z_95 * one.opened.sd),
    }


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.4f}"
